import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.core.seeds import seed_of, stream

PARTS = st.lists(st.one_of(st.text(max_size=8), st.integers()), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_different_parts_give_different_seeds(first, second):
    same = [(type(part), part) for part in first] == [(type(part), part) for part in second]
    assert (seed_of(*first) == seed_of(*second)) == same


def test_a_stream_is_the_same_in_another_process():
    code = "from manyfaces.core.seeds import stream; print(stream(7, 'a', 1).integers(2**60))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == stream(7, "a", 1).integers(2**60)


def test_streams_of_different_purposes_are_unrelated():
    first, second = stream(7, "donor").random(1000), stream(7, "method").random(1000)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
