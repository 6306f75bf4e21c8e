import signal

import pytest

figures = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")

from manyfaces.core.figures import png_of


def _figure(x=(0, 1)):
    figure = figures.Figure(figsize=(2, 1))
    figure.subplots().plot(x)
    return figure


def test_the_same_figure_gives_the_same_png():
    assert png_of(_figure()).startswith(b"\x89PNG")
    assert png_of(_figure()) == png_of(_figure())
    assert png_of(_figure()) != png_of(_figure((1, 0)))


def test_ctrl_c_while_drawing_is_an_interrupt_after_it(monkeypatch):
    """Matplotlib's compiled code would make a ValueError of it."""
    figure, drawn = _figure(), []
    save = figure.savefig

    def interrupted(*args, **kwargs):
        signal.raise_signal(signal.SIGINT)
        save(*args, **kwargs)
        drawn.append(True)

    monkeypatch.setattr(figure, "savefig", interrupted)
    # Tests that were started in the background have Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            png_of(figure)
    finally:
        signal.signal(signal.SIGINT, before)
    assert drawn
