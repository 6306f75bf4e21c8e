"""What can be wrong with a dataset, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from ...core.tables import table


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: ``code`` is a key of ``CHECKS``, ``where`` a file and a row in it."""

    code: str
    where: str
    got: str
    expected: str
    mend: str

    def to_json(self) -> dict[str, str]:
        """The fields as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of fault: what should be, and what to do where it is not."""

    name: str
    expected: str
    mend: str

    def problem(self, where: str, got: object, expected: object = None) -> Problem:
        """A fault of this kind."""
        wanted = self.expected if expected is None else str(expected)
        return Problem(self.name, where, str(got), wanted, self.mend)


_AGAIN: Final = "Build the dataset again, or restore the file from its origin"
_ROW: Final = "Correct the row, or write the file with this package's writer"
_PLACE: Final = "Move all photographs of one origin into one split"

CHECKS: Final[Mapping[str, Check]] = table(
    (
        Check("no-annotations", "annotations/<split>.json", "Name the dataset's own folder"),
        Check("unreadable-annotations", "a COCO file with Real and Fake categories", _AGAIN),
        Check("no-manifest", "manifest.json", _AGAIN),
        Check("unreadable-manifest", "a list of images", _AGAIN),
        Check("image-missing", "the file", _AGAIN),
        Check("image-unreadable", "a picture that decodes to its end", _AGAIN),
        Check("image-size", "the size in the annotations", _AGAIN),
        Check("image-altered", "the SHA-256 of the manifest", _AGAIN),
        Check("image-unlisted", "only annotated pictures in images/", "Delete or annotate it"),
        Check("image-id-duplicate", "each image id once in the dataset", _ROW),
        Check("image-id-low", "ids from 1", _ROW),
        Check("annotation-id-duplicate", "each annotation id once in the dataset", _ROW),
        Check("annotation-id-low", "ids from 1", _ROW),
        Check("box-outside", "a box inside the image", _ROW),
        Check("box-not-tight", "the tight box of the mask", _ROW),
        Check("mask-empty", "at least one pixel", _ROW),
        Check("area-wrong", "the number of the mask's pixels", _ROW),
        Check("masks-overlap", "each pixel in one face", "Give the pixels to the front face"),
        Check("manipulation-missing", "the changed pixels of a fake face", _ROW),
        Check("manipulation-on-real", "no manipulation on a real face", _ROW),
        Check("boundary-missing", "the boundary of a fake face", _ROW),
        Check("boundary-outside", "a boundary inside the manipulation", _ROW),
        Check("keypoints-wrong", "68 visible landmarks inside the image", _ROW),
        Check("manifest-missing-image", "every annotated image in the manifest", _AGAIN),
        Check("manifest-extra-image", "only annotated images in the manifest", _AGAIN),
        Check("manifest-disagrees", "the file, size and split of the annotations", _AGAIN),
        Check("provenance-unreadable", "one JSON object a line", _AGAIN),
        Check("provenance-missing", "a line for each annotation", _AGAIN),
        Check("provenance-unknown", "lines for annotations of this split only", _AGAIN),
        Check("split-shares-photo", "each photograph in one split", _PLACE),
        Check("split-shares-donor", "donors from their own split only", _PLACE),
        Check("split-shares-group", "each group of photographs in one split", _PLACE),
        Check("split-near-duplicate", "no picture that looks like one of another split", _PLACE),
    )
)


def problem(code: str, where: str, got: object, expected: object = None) -> Problem:
    """A fault of a kind in ``CHECKS``."""
    return CHECKS[code].problem(where, got, expected)
