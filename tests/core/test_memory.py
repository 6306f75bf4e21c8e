import gc

import pytest
from manyfaces.core.memory import collector_paused


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was_afterwards_even_after_an_error(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ZeroDivisionError), collector_paused():
            _ = 1 / int(gc.isenabled())
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
