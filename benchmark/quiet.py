"""Lightning without its chatter: hints for its developers are no use to a reader of ours."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOGGERS: Final = ("pytorch_lightning", "lightning", "lightning_fabric", "torch.distributed")


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Lightning's tips, device reports and worker advice; errors still pass."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for module in (r"pytorch_lightning\b.*", r"lightning\b.*", r"torch\b.*"):
                warnings.filterwarnings("ignore", module=module)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C pass as ``KeyboardInterrupt``.

    Lightning turns it into ``SystemExit`` and leaves SIGINT ignored.
    """
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None
    try:
        yield
    except SystemExit as error:
        raise KeyboardInterrupt from error
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
