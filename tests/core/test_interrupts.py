import signal
import threading

import pytest
from manyfaces.core.interrupts import interrupts_held


@pytest.fixture(autouse=True)
def pythons_own():
    """Python's own handler, also where the tests were started with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(done, error=None):
    with interrupts_held():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
        if error is not None:
            raise error


def test_ctrl_c_waits_for_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(done)
    assert done == ["all of it"]


def test_what_held_before_holds_again():
    before = signal.getsignal(signal.SIGINT)
    with interrupts_held():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_does_not_swallow_the_interrupt():
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted([], ValueError("Invalid bounding box"))
    assert isinstance(caught.value.__context__, ValueError)


def test_an_error_alone_is_that_error():
    with pytest.raises(ValueError, match="bad"), interrupts_held():
        raise ValueError("bad")


def test_where_ctrl_c_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_held():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_held():
    seen = []

    def run():
        with interrupts_held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
