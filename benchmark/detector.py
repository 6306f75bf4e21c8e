"""What the harness asks of a detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..annotations.instances import Instances
from ..core.images import Rgb


@runtime_checkable
class Detector(Protocol):
    """Finds the faces of pictures and tells real from fake."""

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        """Predict one ``Instances`` with scores per (H, W, 3) RGB uint8 image.

        A network ignores ``image_ids``; a predictions file looks its answers up by them.
        """
        ...
