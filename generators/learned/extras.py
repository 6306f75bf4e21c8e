"""The frameworks that learned methods run by, and what to do without them."""

from __future__ import annotations

import importlib
from typing import Any

from ...core.errors import MissingDependencyError


def require(module: str) -> Any:  # noqa: ANN401 - whichever module it is
    """Import a framework.

    Raises:
        MissingDependencyError: it is not installed; the message has the install line.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            "forgery methods that are networks need the learned extra",
            got=f"{module} cannot be imported: {error}",
            mend="Install it with: pip install 'manyfaces[learned]'",
        ) from error
