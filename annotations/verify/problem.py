"""What can be wrong with a dataset, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...core.tables import table
from ..problems import Fault, Problem

__all__ = ["CHECKS", "Check", "Problem", "problem"]


@dataclass(frozen=True, slots=True)
class Check(Fault):
    """One kind of fault: what should be, and what to do where it is not.

    ``released`` tells whether the released OpenForensics files are held to it as well:
    their ids start at 0 and return in each split, their polygons are drawn by hand and
    may overlap, and they have no manifest and no provenance.
    """

    released: bool = False


_AGAIN: Final = "Build the dataset again, or restore the file from its origin"
_ROW: Final = "Correct the row, or write the file with this package's writer"
_PLACE: Final = "Move all photographs of one origin into one split"

CHECKS: Final[Mapping[str, Check]] = table(
    (
        Check("no-annotations", "annotations/<split>.json", "Name the dataset's own folder", True),
        Check("unreadable-annotations", "a COCO file with Real and Fake categories", _AGAIN, True),
        Check("image-row-unreadable", "id, file_name, height and width of a picture", _ROW, True),
        Check("annotation-unreadable", "an annotation of the data format", _ROW, True),
        Check("annotation-unknown-image", "an image_id of this file", _ROW, True),
        Check("category-unknown", "a category_id of this file", _ROW, True),
        Check("mask-size", "the image's height and width", _ROW, True),
        Check("no-manifest", "manifest.json", _AGAIN),
        Check("unreadable-manifest", "a list of images", _AGAIN),
        Check("image-missing", "the file", _AGAIN, True),
        Check("image-unreadable", "a picture that decodes to its end", _AGAIN, True),
        Check("image-size", "the size in the annotations", _AGAIN, True),
        Check("image-altered", "the SHA-256 of the manifest", _AGAIN),
        Check("image-unlisted", "only annotated pictures in images/", "Delete or annotate it"),
        Check("image-file-duplicate", "each file in one row of images", _ROW, True),
        Check("image-id-duplicate", "each image id once in the dataset", _ROW),
        Check("image-id-low", "ids from 1", _ROW),
        Check("annotation-id-duplicate", "each annotation id once in the dataset", _ROW),
        Check("annotation-id-low", "ids from 1", _ROW),
        Check("box-outside", "a box inside the image", _ROW, True),
        Check("box-not-tight", "the tight box of the mask", _ROW),
        Check("mask-empty", "at least one pixel", _ROW, True),
        Check("area-wrong", "the number of the mask's pixels", _ROW),
        Check("masks-overlap", "each pixel in one face", "Give the pixels to the front face"),
        Check("manipulation-missing", "the changed pixels of a fake face", _ROW),
        Check("manipulation-on-real", "no manipulation on a real face", _ROW),
        Check("boundary-missing", "the boundary of a fake face", _ROW),
        Check("boundary-outside", "a boundary inside the manipulation", _ROW),
        Check("keypoints-wrong", "x, y, v of 68 landmarks, the visible inside the image", _ROW),
        Check("num-keypoints-wrong", "the number of visible landmarks", _ROW),
        Check("manifest-missing-image", "every annotated image in the manifest", _AGAIN),
        Check("manifest-extra-image", "only annotated images in the manifest", _AGAIN),
        Check("manifest-disagrees", "the file, size and split of the annotations", _AGAIN),
        Check("no-provenance", "provenance/<split>.jsonl for each split", _AGAIN),
        Check("provenance-unreadable", "a face's line with its photo and donor", _AGAIN),
        Check("provenance-missing", "a line for each annotation", _AGAIN),
        Check("provenance-unknown", "lines for annotations of this split only", _AGAIN),
        Check("provenance-duplicate", "one line for each annotation", _AGAIN),
        Check("provenance-disagrees", "the image and method of the annotation", _AGAIN),
        Check("split-shares-photo", "each photograph in one split", _PLACE),
        Check("split-shares-donor", "donors from their own split only", _PLACE),
        Check("split-shares-group", "each group of photographs in one split", _PLACE),
        Check("split-near-duplicate", "no picture that looks like one of another split", _PLACE),
    )
)


def problem(code: str, where: str, got: object, expected: object = None) -> Problem:
    """A fault of a kind in ``CHECKS``."""
    return CHECKS[code].problem(where, got, expected)
