"""Attribute manipulation: a network that changes an aligned face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import cv2
import numpy as np

from ...core.errors import UsageError
from ...core.images import Rgb
from ..faces import Face
from ..methods.forgery import Donors, Forgery, Kind, Limits
from .adapter import Job, NetworkAdapter
from .config import ImageToImageConfig
from .network import Shape
from .placing import LearnedParameters, alignment, drawn, place_change, place_crop
from .templates import cut
from .tensors import Array, picture_shape, to_tensor


class ImageToImageParameters(LearnedParameters):
    """``condition``: name of the numbers that the network was given; None for none."""

    condition: str | None


class ImageToImage(NetworkAdapter[ImageToImageConfig, ImageToImageParameters]):
    """Crop in, crop out; a second input takes one of the recipe's conditions."""

    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "attribute manipulation"
    description: ClassVar[str] = "an aligned face changed by an image-to-image network"
    parameters: ClassVar[type[LearnedParameters]] = ImageToImageParameters
    # An attribute may be as small as a beard, and as coarse as another tone.
    limits: ClassVar[Limits] = Limits(share=0.05, tone=8.0, contrast=(0.7, 1.6))

    def samples(self) -> Mapping[str, Shape]:
        """The image, and the condition where there are any.

        Raises:
            UsageError: conditions differ in length.
        """
        lengths = {len(numbers) for numbers in self.config.conditions.values()}
        if len(lengths) > 1:
            raise UsageError(
                "the conditions are of several lengths", where=self.name, got=sorted(lengths)
            )
        condition: dict[str, Shape] = {"condition": (lengths.pop(),)} if lengths else {}
        return {"image": picture_shape(self.config), **condition}

    def draw(
        self,
        rng: np.random.Generator,
        face: Face,  # noqa: ARG002 - the signature of every method
        donors: Donors,  # noqa: ARG002
    ) -> ImageToImageParameters:
        """Parameters of one change."""
        names = sorted(self.config.conditions)
        return ImageToImageParameters(
            networks=dict(self.networks),
            **drawn(rng, self.config),
            condition=names[int(rng.integers(len(names)))] if names else None,
        )

    def feeds(self, jobs: Sequence[Job[ImageToImageParameters]]) -> Mapping[str, Array]:
        """The aligned crops, and the conditions."""
        feeds = {"image": np.stack([to_tensor(self._crop(job), self.config) for job in jobs])}
        if self.config.conditions:
            chosen = [self.config.conditions[str(job.parameters.condition)] for job in jobs]
            feeds["condition"] = np.array(chosen, np.float32)
        return feeds

    def place(self, job: Job[ImageToImageParameters], crop: Rgb) -> Forgery:
        """The change added to the photograph, or the crop in its place."""
        if self.config.paste == "crop":
            return place_crop(job.image, job.face, crop, self.config, job.parameters)
        side = (len(crop), len(crop))
        before = cv2.resize(self._crop(job), side, interpolation=cv2.INTER_CUBIC)
        return place_change(
            job.image, job.face, np.asarray(before, np.uint8), crop, self.config, job.parameters
        )

    def _crop(self, job: Job[ImageToImageParameters]) -> Rgb:
        return cut(job.image, alignment(job.face, self.config), self.config.size)
