"""Every forgery method on a drawn person, side by side: what the names mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..annotations import masks
from ..core.errors import DataError
from ..core.images import Rgb
from ..core.progress import Progress, silent
from ..core.seeds import stream
from .analysis.traits import measure
from .contact_sheet import Sample, draw_page
from .donors import choose_donors
from .faces import Face
from .gates import judge
from .methods.forgery import Donor, Forgery, Generator
from .methods.table import GENERATORS
from .people.source import DrawnPeople

SCENES: Final = 16
SIZE: Final = (840, 1120)
SIDE: Final = 1120
TRIES: Final = 40
MIN_WIDTH: Final = 72.0  # pixels, so that a method can be seen
MAX_YAW: Final = 25.0
MAX_COVERED: Final = 0.3  # hair over the forehead counts


def gallery(
    generators: Mapping[str, Generator] = GENERATORS, *, seed: int = 4, progress: Progress = silent
) -> Rgb:
    """A sheet with one forgery by each method: original, forged, outlines."""
    people = _people(seed)
    samples, pictures = [], {}
    for name in progress(sorted(generators), total=len(generators), what="forging"):
        made = _made(generators[name], people, seed)
        if made is None:
            continue
        donor, forgery = made
        box = donor.face.box
        region = forgery.region if forgery.region is not None else masks.decode(donor.face.region)
        caption = f"{name}: {generators[name].kind}"
        manipulation = masks.encode(forgery.manipulation)
        samples.append(Sample(name, name, caption, box, masks.encode(region), manipulation))
        pictures[name] = donor.image, forgery.image
    return draw_page(samples, pictures.__getitem__, "original | forged | outlines")


def _people(seed: int) -> list[Donor]:
    source = DrawnPeople(SCENES, seed, SIZE)
    found = []
    for photo in source.photos():
        scene = source.open(photo, SIDE)
        found += [Donor(scene.image, face) for face in scene.faces if _plain(face)]
    return found


def _plain(face: Face) -> bool:
    turned = abs(face.pose[0]) > MAX_YAW
    return not turned and face.occluded < MAX_COVERED and face.width >= MIN_WIDTH


def _made(method: Generator, people: list[Donor], seed: int) -> tuple[Donor, Forgery] | None:
    """The first forgery that passes the gates, on people in an order drawn for the method."""
    for attempt, target, donors in _turns(method, people, seed):
        rng = stream(seed, "gallery", method.name, "attempt", attempt)
        try:
            parameters = method.draw(rng, target.face, donors)
            forgery = method.apply(target.image, target.face, donors, parameters)
        except DataError:
            continue
        gates = judge(target.image, forgery, target.face, method)
        if forgery.manipulation.any() and all(gate.passed for gate in gates):
            return target, forgery
    return None


def _turns(
    method: Generator, people: list[Donor], seed: int
) -> Iterator[tuple[int, Donor, tuple[Donor, ...]]]:
    order = stream(seed, "gallery", method.name).permutation(len(people))
    suited = [people[index] for index in order if method.suits(people[index].face)]
    for attempt, target in enumerate(suited[:TRIES]):
        others = [one for one in people if one.image is not target.image]
        own, *traits = (measure(one.image, one.face) for one in (target, *others))
        rng = stream(seed, "gallery", method.name, "donor", attempt)
        chosen = choose_donors(rng, own, traits, method.donors, method.fit)
        if len(chosen) == method.donors:
            yield attempt, target, tuple(others[index] for index in chosen)
