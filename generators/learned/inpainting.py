"""Entire face synthesis: a diffusion pipeline paints the inside of the face anew."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from ...annotations import masks
from ...annotations.landmarks import Points
from ...annotations.masks import BoolMask
from ...core.errors import DataError, UsageError
from ...core.images import Rgb
from ..faces import Face
from ..methods.forgery import Claim, Donors, Forgery, Kind, Limits
from ..methods.soft_mask import face_outline, inner_outline
from ..methods.window import CLOSE, open_window
from .adapter import Adapter, Job, fits
from .bare import require_bare
from .config import InpaintingConfig
from .extras import require
from .files import find_network, hash_of
from .placing import LearnedParameters, alignment, blended, drawn, opacity, shown_in
from .templates import cut, moved
from .torch_network import steady, torch_device

INDEX: Final = "model_index.json"  # what makes a folder a pipeline
_SHIFT: Final = 4  # fractional bits of OpenCV's polygon corners


class InpaintingParameters(LearnedParameters):
    """What the pipeline is told; ``seed`` draws its noise, on the CPU whatever the device.

    Args:
        noise: ``strength`` in diffusers.
        grow: of the features' hull where only the inner face is painted.
    """

    prompt: str
    negative: str
    steps: int
    guidance: float
    noise: Annotated[float, Field(ge=0, le=1)]
    grow: Annotated[float, Field(ge=0, le=0.5)]


class Inpainting(Adapter[InpaintingConfig, InpaintingParameters]):
    """Aligned crop, mask and prompt in, painted crop out."""

    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "entire face synthesis"
    description: ClassVar[str] = "the face painted anew by a diffusion pipeline"
    parameters: ClassVar[type[LearnedParameters]] = InpaintingParameters
    claims: ClassVar[frozenset[Claim]] = frozenset({"identity"})
    limits: ClassVar[Limits] = Limits(share=0.15, contrast=(0.7, 1.6), shift=0.12)

    def __init__(self, name: str, config: InpaintingConfig) -> None:
        super().__init__(name, config)
        for module in ("torch", "diffusers", "transformers"):
            require(module)
        self.folder = find_network(config.network, config.sha256, folder=True)
        if not (self.folder / INDEX).is_file():
            raise UsageError(
                "the folder holds no diffusion pipeline",
                where=self.folder,
                expected=f"{INDEX}, as save_pretrained writes it",
            )
        self._sha256 = hash_of(self.folder)
        self._device = torch_device(self.folder, config.device)

    @property
    def networks(self) -> Mapping[str, str]:
        """The pipeline's folder."""
        return {"pipeline": self._sha256}

    @property
    def device(self) -> str:
        """Where the pipeline runs."""
        return self._device

    def suits(self, face: Face) -> bool:
        """Whether the face is turned and large as the recipe allows."""
        return fits(face, self.config, self.config, self.config.size)

    def draw(
        self,
        rng: np.random.Generator,
        face: Face,  # noqa: ARG002 - the signature of every method
        donors: Donors,  # noqa: ARG002
    ) -> InpaintingParameters:
        """Parameters of one face."""
        config = self.config
        return InpaintingParameters(
            networks=dict(self.networks),
            **drawn(rng, config),
            prompt=config.prompts[int(rng.integers(len(config.prompts)))],
            negative=config.negative,
            steps=config.steps,
            guidance=round(float(rng.uniform(*config.guidance)), 3),
            noise=round(float(rng.uniform(*config.noise)), 4),
            grow=round(float(rng.uniform(0.12, 0.3)), 4),
        )

    def forge(self, jobs: Sequence[Job[InpaintingParameters]]) -> list[Forgery]:
        """Forge several faces; those with the same steps, guidance and noise at once.

        Raises:
            DataError: a face wears glasses, or the pipeline withholds its picture.
        """
        for job in jobs:
            require_bare(job.image, job.face, "the face")
        groups: dict[tuple[int, float, float], list[int]] = {}
        for index, job in enumerate(jobs):
            told = job.parameters
            groups.setdefault((told.steps, told.guidance, told.noise), []).append(index)
        crops: dict[int, Rgb] = {}
        for rows in groups.values():
            painted = self._paint([jobs[index] for index in rows])
            crops.update(zip(rows, painted, strict=True))
        return [self._place(job, crops[index]) for index, job in enumerate(jobs)]

    def _paint(self, jobs: Sequence[Job[InpaintingParameters]]) -> list[Rgb]:
        pipeline = load_pipeline(self.folder, self._sha256, self._device)
        told, size = jobs[0].parameters, self.config.size
        ways = [alignment(job.face, self.config) for job in jobs]
        crops = [cut(job.image, way, size) for job, way in zip(jobs, ways, strict=True)]
        holes = [self._hole(job) for job in jobs]
        torch = require("torch")
        with steady():
            answer = pipeline(
                prompt=[job.parameters.prompt for job in jobs],
                negative_prompt=[job.parameters.negative for job in jobs],
                image=[Image.fromarray(crop) for crop in crops],
                mask_image=[Image.fromarray(hole.astype(np.uint8) * 255) for hole in holes],
                height=size,
                width=size,
                num_inference_steps=told.steps,
                guidance_scale=told.guidance,
                strength=told.noise,
                generator=[torch.Generator("cpu").manual_seed(job.parameters.seed) for job in jobs],
                output_type="np",
            )
        return _pictures(answer, self.folder)

    def _hole(self, job: Job[InpaintingParameters]) -> BoolMask:
        """(S, S) what is painted anew: the face's area, without what covers it."""
        way, size = alignment(job.face, self.config), self.config.size
        hole = np.zeros((size, size), np.uint8)
        corners = moved(self._outline(job.face.landmarks, job.parameters), way)
        points = np.round(corners * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(hole, cv2.convexHull(points), 1, cv2.LINE_8, _SHIFT)
        visible = masks.decode(job.face.region).astype(np.uint8)
        seen = cv2.warpAffine(visible, way, (size, size), flags=cv2.INTER_NEAREST)
        return np.asarray((hole > 0) & (np.asarray(seen) > 0))

    def _outline(self, landmarks: Points, told: InpaintingParameters) -> Points:
        if self.config.area == "inner":
            return inner_outline(landmarks, told.grow)
        return face_outline(landmarks, told.inset, told.lift)

    def _place(self, job: Job[InpaintingParameters], crop: Rgb) -> Forgery:
        window = open_window(job.image, job.face, CLOSE)
        patch, inside = shown_in(window, crop, job.face, self.config)
        outline = self._outline(window.landmarks, job.parameters)
        alpha = opacity(window, outline, inside & window.visible, job.parameters)
        return blended(job.image, window, patch, alpha, job.parameters)


def _pictures(answer: Any, folder: Path) -> list[Rgb]:  # noqa: ANN401 - a pipeline's output
    if any(getattr(answer, "nsfw_content_detected", None) or ()):
        raise DataError("the pipeline's safety checker withheld its picture", where=folder)
    values = np.asarray(answer.images, dtype=np.float32)
    if not np.isfinite(values).all():
        raise DataError("the pipeline gave values that are no numbers", where=folder)
    return list(np.clip(np.rint(values * 255), 0, 255).astype(np.uint8))


@lru_cache(maxsize=1)
def load_pipeline(folder: Path, digest: str, device: str) -> Any:  # noqa: ANN401, ARG001 - diffusers is optional; another content is another key
    """An inpainting pipeline of diffusers, from its folder alone, weights as safetensors.

    Raises:
        MissingDependencyError: diffusers is not installed.
        UsageError: it is no pipeline that can inpaint, or a part is missing.
    """
    diffusers = require("diffusers")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # diffusers' advice on its own next versions
            for library in (diffusers.utils.logging, require("transformers").logging):
                library.disable_progress_bar()
            pipeline = diffusers.AutoPipelineForInpainting.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True, low_cpu_mem_usage=False
            )
    except Exception as error:  # diffusers, transformers and safetensors raise what they like
        raise UsageError(
            "the diffusion pipeline cannot be loaded",
            where=folder,
            got=str(error).splitlines()[0][:200],
            expected="a pipeline that can inpaint, its weights as .safetensors",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)
