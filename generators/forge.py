"""Step three of a build: the chosen faces of one photograph are forged, or stay real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import cv2
import numpy as np

from ..annotations import masks
from ..annotations.masks import BoolMask
from ..core.errors import DataError
from ..core.images import Rgb
from ..core.seeds import stream
from .analysis.traits import Traits
from .donors import Fit
from .faces import Face
from .fooling import Opponent
from .gates import Gate, judge
from .methods.forgery import Donor, Forgery, Generator, Parameters, RefusedError
from .methods.moving import largest_step
from .plan import DonorFace
from .recipe import Recipe

FOOLING: Final = "fooling"  # the gate that the opponent keeps
NO_DONOR: Final = "no donor fits"
NO_METHOD: Final = "no method suits the face"


@dataclass(frozen=True, eq=False, slots=True)
class Accepted:
    """A forgery that passed every gate: enough to make it again, and what it changed.

    Args:
        attempt: counted from 1 over all methods that were tried on the face.
    """

    method: str
    version: str
    attempt: int
    donors: tuple[DonorFace, ...]
    parameters: Parameters
    gates: tuple[Gate, ...]
    forgery: Forgery

    @property
    def fooled(self) -> float:
        """How surely the opponent took it for forged; 0 where there was none."""
        return next((gate.value for gate in self.gates if gate.name == FOOLING), 0.0)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An attempt that came to nothing; ``reasons`` are gates, or what went wrong.

    Args:
        method: empty, and ``attempt`` 0, where no method could be tried.
        fooled: what the opponent said of one that it saw through.
        final: whether the method can never forge this face.
    """

    method: str
    attempt: int
    reasons: tuple[str, ...]
    fooled: float | None = None
    final: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What became of one face that was to be forged."""

    face: int
    accepted: Accepted | None
    rejected: tuple[Rejected, ...]

    def scores(self) -> tuple[float, float] | None:
        """What the opponent said of the first forgery of the face, and of the kept one."""
        if self.accepted is None or all(gate.name != FOOLING for gate in self.accepted.gates):
            return None
        said = {row.attempt: row.fooled for row in self.rejected if row.fooled is not None}
        said[self.accepted.attempt] = self.accepted.fooled
        return said[min(said)], self.accepted.fooled


@dataclass(frozen=True, eq=False, slots=True)
class Forged:
    """A photograph after forging; it equals the pristine one outside the manipulations."""

    image: Rgb
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Target:
    """A face to forge; the pixels ``barred`` stay as they are."""

    image: Rgb
    face: Face
    index: int
    barred: BoolMask


class Donors(Protocol):
    """Where a face's donors come from."""

    def fitting(
        self, rng: np.random.Generator, target: Traits, count: int, fit: Fit
    ) -> Sequence[DonorFace]:
        """At most ``count`` donors that fit a face of this photograph, best first."""
        ...

    def open(self, donor: DonorFace) -> Donor:
        """A donor with its pixels."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Forger:
    """Forges the faces of one photograph.

    Args:
        photo: its SHA-256: with the recipe's seed and the face's index, the name of
            each random stream.
        generators: by name, those that the recipe weighs.
        opponent: a detector that each forgery must fool, if there is one.
    """

    photo: str
    recipe: Recipe
    generators: Mapping[str, Generator]
    donors: Donors
    opponent: Opponent | None = None

    def forge(
        self, image: Rgb, faces: Sequence[Face], traits: Sequence[Traits], targets: Sequence[int]
    ) -> Forged:
        """Forge the faces with the indices ``targets``, one after another."""
        running, changed = image, np.zeros(image.shape[:2], dtype=bool)
        outcomes = []
        for index in targets:
            barred = changed | _others(faces, index, changed.shape)
            outcome = self.forge_face(running, faces[index], traits[index], index, barred)
            outcomes.append(outcome)
            if outcome.accepted is not None:
                running = outcome.accepted.forgery.image
                changed |= outcome.accepted.forgery.manipulation
        if (largest_step(running, image).astype(bool) & ~changed).any():
            raise AssertionError("pixels outside the manipulations have changed")
        return Forged(running, tuple(outcomes))

    def forge_face(
        self, image: Rgb, face: Face, traits: Traits, index: int, barred: BoolMask
    ) -> Outcome:
        """Try one face, leaving the pixels ``barred`` as they are.

        The first method of the drawn order has ``recipe.attempts``; where they come to
        nothing, or the method can never forge this face, the next one has as many, unless
        methods shall not give way.
        """
        rejected: list[Rejected] = []
        target = _Target(image, face, index, barred)
        for generator, donors in self._possible(face, traits, index):
            best = self._try(target, generator, donors, rejected)
            if best is not None:
                return Outcome(index, best, tuple(rejected))
            if not self.recipe.give_way:
                break
        if not rejected:
            suited = any(generator.suits(face) for generator in self.generators.values())
            rejected.append(Rejected("", 0, (NO_DONOR if suited else NO_METHOD,)))
        return Outcome(index, None, tuple(rejected))

    def _try(
        self,
        target: _Target,
        generator: Generator,
        donors: Sequence[DonorFace],
        rejected: list[Rejected],
    ) -> Accepted | None:
        """The best forgery of one method, if any; its other attempts go to ``rejected``."""
        best: Accepted | None = None
        # Counted over all methods: the attempt names the stream of its parameters.
        before = len(rejected)
        for own in range(1, self.recipe.attempts + 1):
            turn = _turn(donors, own, generator.donors)
            result = self._attempt(target, generator, turn, before + own)
            if isinstance(result, Rejected):
                rejected.append(result)
                if result.final:
                    break
                continue
            result = self._faced(result, target.face)
            best, worse = _more_fooling(best, result)
            if worse is not None:
                rejected.append(_seen_through(worse))
            if best.fooled < self.recipe.fooled_below:
                break
        return best

    def _faced(self, accepted: Accepted, face: Face) -> Accepted:
        """The forgery with what the opponent says of it, as one more gate."""
        if self.opponent is None:
            return accepted
        score = round(self.opponent.score(accepted.forgery.image, face.box), 4)
        limit = self.recipe.fooled_below
        gate = Gate(FOOLING, score, f"below {limit}", score < limit)
        return replace(accepted, gates=(*accepted.gates, gate))

    def _possible(
        self, face: Face, traits: Traits, index: int
    ) -> Iterator[tuple[Generator, Sequence[DonorFace]]]:
        """The methods that have what they need, in an order drawn by weight."""
        for generator in self._order(index):
            if not generator.suits(face):
                continue
            donors = self._fitting(generator, traits, index)
            needed = generator.donors if generator.least is None else generator.least
            if len(donors) >= needed:
                yield generator, donors

    def _fitting(self, generator: Generator, traits: Traits, index: int) -> Sequence[DonorFace]:
        """Donors for every attempt, best first."""
        if not generator.donors:
            return ()
        rng = stream(self.recipe.seed, self.photo, index, "donor", generator.fit.name)
        count = self.recipe.attempts + generator.donors - 1
        return self.donors.fitting(rng, traits, count, generator.fit)

    def _order(self, index: int) -> Iterator[Generator]:
        """Methods drawn without replacement, by weight (Efraimidis and Spirakis, 2006)."""
        rng = stream(self.recipe.seed, self.photo, index, "method")
        waits = {
            name: float(rng.exponential()) / self.recipe.methods[name]
            for name in sorted(self.generators)
        }
        yield from (self.generators[name] for name in sorted(waits, key=lambda name: waits[name]))

    def _attempt(
        self, target: _Target, generator: Generator, donors: tuple[DonorFace, ...], attempt: int
    ) -> Accepted | Rejected:
        image, face = target.image, target.face
        rng = stream(self.recipe.seed, self.photo, target.index, "attempt", attempt)
        opened = tuple(self.donors.open(donor) for donor in donors)
        try:
            parameters = generator.draw(rng, face, opened)
            forgery = generator.apply(image, face, opened, parameters)
        except (DataError, ValueError, cv2.error, np.linalg.LinAlgError) as error:
            # A face of odd geometry: reported like a failed gate, never fatal.
            final = isinstance(error, RefusedError)
            return Rejected(generator.name, attempt, (_reason(error),), final=final)
        forgery = confine(image, forgery, target.barred)
        if not forgery.manipulation.any():
            return Rejected(generator.name, attempt, ("nothing changed",))
        gates = judge(image, forgery, face, generator)
        failed = tuple(gate.name for gate in gates if not gate.passed)
        if failed:
            return Rejected(generator.name, attempt, failed)
        return Accepted(
            generator.name, generator.version, attempt, donors, parameters, gates, forgery
        )


def _reason(error: Exception) -> str:
    """What went wrong: the clause of an error of ours, any other one by its type."""
    if isinstance(error, DataError):
        return error.what
    return f"{type(error).__name__}: {error}"


def _more_fooling(best: Accepted | None, new: Accepted) -> tuple[Accepted, Accepted | None]:
    """The one that fools the opponent more, and the other."""
    if best is None:
        return new, None
    return (new, best) if new.fooled < best.fooled else (best, new)


def _seen_through(accepted: Accepted) -> Rejected:
    return Rejected(accepted.method, accepted.attempt, (FOOLING,), accepted.fooled)


def _turn(donors: Sequence[DonorFace], attempt: int, count: int) -> tuple[DonorFace, ...]:
    """The donors of one attempt: each attempt begins with the next one."""
    many = min(count, len(donors))
    return tuple(donors[(attempt - 1 + step) % len(donors)] for step in range(many))


def _others(faces: Sequence[Face], index: int, size: tuple[int, ...]) -> BoolMask:
    """The (H, W) union of all other faces' regions: theirs are not this face's to change."""
    regions = [face.region for number, face in enumerate(faces) if number != index]
    return masks.decode(masks.union(regions, (size[0], size[1])))


def confine(before: Rgb, forgery: Forgery, barred: BoolMask) -> Forgery:
    """The forgery without its changes to ``barred`` (H, W) pixels."""
    lost = forgery.manipulation & barred
    image, manipulation = forgery.image, forgery.manipulation
    if lost.any():
        image, manipulation = image.copy(), manipulation & ~barred
        image[lost] = before[lost]
    region = None if forgery.region is None else forgery.region & ~barred
    return replace(forgery, image=image, manipulation=manipulation, region=region)
