"""Fixtures that several folders share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A slow or busy machine makes no property false.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real photographs and model files beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared folder with real photographs beside this clone")
    return SHARED


@pytest.fixture(scope="module")
def one_thread():
    """torch with one thread while a module's tests run: many small networks are faster so."""
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
