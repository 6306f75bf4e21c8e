"""Facial reenactment: a network that moves an aligned face to given points.

The points are the target's own with the donor's expression, so that its shape and pose stay
(what relative motion is to Siarohin et al., NeurIPS 2019); a network that takes a driving
picture instead finds the movement itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, ClassVar, Final

import numpy as np
from pydantic import Field

from ...annotations.landmarks import LANDMARKS, Points
from ...annotations.masks import BoolMask
from ...core.errors import DataError
from ...core.images import Rgb
from ..analysis.analyser import LAYOUT, FaceAnalyser
from ..donors import Fit
from ..faces import Face
from ..methods.deform import Moved, deform
from ..methods.forgery import Claim, Donor, Donors, Forgery, Kind, Limits, Mesh
from ..methods.moving import FOLDS, SHARES, folds
from ..methods.reenact import DRIVER, ReenactParameters, shifts_to
from ..methods.rig import rig_of
from ..methods.window import Window, open_window
from .adapter import Job, NetworkAdapter
from .config import KeypointsConfig
from .network import Shape
from .placing import LearnedParameters, alignment, blended, drawn, opacity, outline_of, shown_in
from .templates import cut, five_points, moved
from .tensors import Array, picture_shape, to_tensor

PRESENT: Final = 0.5  # the mesh network's belief in the face that came out
PARTS: Final = ("mouth", "eyes", "brows")
COUNTS: Final = {"landmarks": LANDMARKS, "five": 5}


class KeypointsParameters(LearnedParameters):
    """How much of the donor's expression each part of the face takes, 1 for all of it."""

    mouth: Annotated[float, Field(ge=0, le=1.2)]
    eyes: Annotated[float, Field(ge=0, le=1.2)]
    brows: Annotated[float, Field(ge=0, le=1.2)]


class Keypoints(NetworkAdapter[KeypointsConfig, KeypointsParameters]):
    """Target crop and driving points (or picture) in, moved crop out."""

    version: ClassVar[str] = "1"
    kind: ClassVar[Kind] = "facial reenactment"
    description: ClassVar[str] = "another face's expression, through a keypoint-driven network"
    parameters: ClassVar[type[LearnedParameters]] = KeypointsParameters
    claims: ClassVar[frozenset[Claim]] = frozenset({"expression"})
    limits: ClassVar[Limits] = Limits(share=0.1, seam=1.3, contrast=(0.7, 1.6))
    donors: ClassVar[int] = 1
    fit: ClassVar[Fit] = DRIVER

    def samples(self) -> Mapping[str, Shape]:
        """The aligned target, and what drives it."""
        picture = picture_shape(self.config)
        return {"image": picture, "driving": self._points_shape() or picture}

    def optional(self) -> Mapping[str, Shape]:
        """The target's own points."""
        shape = self._points_shape()
        return {} if shape is None else {"source": shape}

    def _points_shape(self) -> Shape | None:
        driving = self.config.driving
        return None if driving == "picture" else (COUNTS[driving], 2)

    def draw(
        self,
        rng: np.random.Generator,
        face: Face,  # noqa: ARG002 - the signature of every method
        donors: Donors,  # noqa: ARG002
    ) -> KeypointsParameters:
        """Parameters of one reenactment."""
        shares = {part: round(float(rng.uniform(0.8, 1.0)), 4) for part in PARTS}
        return KeypointsParameters(
            networks=dict(self.networks), **drawn(rng, self.config), **shares
        )

    def feeds(self, jobs: Sequence[Job[KeypointsParameters]]) -> Mapping[str, Array]:
        """Crops, driving points or pictures, and the targets' own points."""
        crops = np.stack([self._tensor(job.image, job.face) for job in jobs])
        if self.config.driving == "picture":
            drivers = [job.donors[0] for job in jobs]
            return {
                "image": crops,
                "driving": np.stack([self._tensor(one.image, one.face) for one in drivers]),
            }
        after = [job.face.landmarks + shifts_of(job) for job in jobs]
        own = [self._points(job.face, job.face.landmarks) for job in jobs]
        driven = [self._points(job.face, to) for job, to in zip(jobs, after, strict=True)]
        return {"image": crops, "driving": np.stack(driven), "source": np.stack(own)}

    def _tensor(self, image: Rgb, face: Face) -> Array:
        return to_tensor(cut(image, alignment(face, self.config), self.config.size), self.config)

    def _points(self, face: Face, landmarks: Points) -> Array:
        """(K, 2) in the network's unit, in the crop of the face as it is."""
        chosen = five_points(landmarks) if self.config.driving == "five" else landmarks
        shares = moved(chosen, alignment(face, self.config)) / (self.config.size - 1)
        factor, shift = {
            "unit": (1.0, 0.0),
            "signed": (2.0, -1.0),
            "pixels": (self.config.size - 1.0, 0.0),
        }[self.config.unit]
        return np.asarray(factor * shares + shift, dtype=np.float32)

    def place(self, job: Job[KeypointsParameters], crop: Rgb) -> Forgery:
        """The moved face in its place, with its new mesh and outline."""
        face, window = job.face, open_window(job.image, job.face)
        mesh = meant(job)
        after = deform(window, face.layout, _within(window, mesh))
        patch, inside = shown_in(window, crop, face, self.config)
        alpha = opacity(
            window, _outline(job, window), inside & _free(window, after), job.parameters
        )
        forgery = blended(job.image, window, patch, alpha, job.parameters)
        if self.config.driving == "picture" and face.layout == LAYOUT:
            mesh = seen(forgery.image, face)
            after = deform(window, face.layout, _within(window, mesh))
        region = _whole(job.image, window, after.region)
        return Forgery(forgery.image, forgery.manipulation, mesh, region)


def shifts_of(job: Job[KeypointsParameters]) -> Points:
    """(68, 2) pixels by which the target's landmarks go to the donor's expression.

    Raises:
        DataError: the donor's mesh has another layout, or the target's would fold even at
            half of the movement.
    """
    donor: Donor = job.donors[0]
    if donor.face.layout != job.face.layout:
        raise DataError("the method needs a donor whose mesh has the target's layout")
    told = job.parameters
    shares = ReenactParameters(mouth=told.mouth, eyes=told.eyes, brows=told.brows, teeth=0.0)
    shifts = shifts_to(job.face, donor.face, shares)
    rig = rig_of(job.face.layout)
    for share in SHARES:
        if folds(job.face, rig.shifts(share * shifts)) <= FOLDS:
            return np.asarray(share * shifts, dtype=np.float64)
    raise DataError("the movement folds the face's mesh")


def meant(job: Job[KeypointsParameters]) -> Mesh:
    """(M, 3) where the face's mesh shall be."""
    mesh = job.face.mesh.copy()
    mesh[:, :2] += rig_of(job.face.layout).shifts(shifts_of(job))
    return mesh


def seen(image: Rgb, face: Face) -> Mesh:
    """(468, 3) the mesh of the face that came out.

    Raises:
        DataError: no face is seen there any more.
    """
    fit = _analyser().remesh(image, face)
    if fit.presence < PRESENT:
        raise DataError("no face is seen in what the network gave")
    return fit.mesh


def _within(window: Window, mesh: Mesh) -> Mesh:
    local = mesh.copy()
    local[:, :2] -= (window.left, window.top)
    return local


def _outline(job: Job[KeypointsParameters], window: Window) -> Points:
    """(N, 2) around the face as it was and as it is meant to be, in the window."""
    before = outline_of(window.landmarks, job.parameters)
    after = outline_of(window.landmarks + shifts_of(job), job.parameters)
    return np.concatenate([before, after])


def _free(window: Window, after: Moved) -> BoolMask:
    return np.asarray((window.visible | after.region) & ~after.cover, dtype=bool)


def _whole(image: Rgb, window: Window, region: BoolMask) -> BoolMask:
    full = np.zeros(image.shape[:2], dtype=bool)
    height, width = region.shape
    full[window.top : window.top + height, window.left : window.left + width] = region
    return full


@cache
def _analyser() -> FaceAnalyser:
    return FaceAnalyser()
