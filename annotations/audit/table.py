"""The audits: what must not tell a forgery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ...core.tables import table
from . import of_faces, of_images
from .evidence import Evidence
from .features import Features

Level = Literal["image", "face"]


@dataclass(frozen=True, slots=True)
class Audit:
    """One channel: of images (does it hold a forgery?) or of faces (is it one?)."""

    name: str
    level: Level
    description: str
    look: Callable[[Evidence], Features]
    mend: str


_ENCODE: Final = "Encode every image once, pristine or forged, with the same encoder and quality"
_CHOOSE: Final = "Choose the images to forge by lot, not by what they show"
_SELECT: Final = (
    "Choose the faces to forge by lot among those that can be, or keep real faces of the same kind"
)

_RESIZE: Final = (
    "Resize real and forged images by the same rule, and choose the images to forge by lot"
)
_OUTLINE: Final = (
    "Make the masks of real and forged faces by the same method; where covered or turned faces "
    "stay real, report them apart"
)

AUDITS: Final[Mapping[str, Audit]] = table(
    (
        Audit("file-name", "image", "number, length and characters of the file name",
              of_images.file_name, "Name all images by one running number, in shuffled order"),
        Audit("file-size", "image", "bytes of the file, and bytes per pixel",
              of_images.file_size, _ENCODE),
        Audit("image-size", "image", "height, width and aspect",
              of_images.image_size, _RESIZE),
        Audit("jpeg-tables", "image", "quantisation tables, quality, sampling",
              of_images.jpeg_tables, _ENCODE),
        Audit("metadata", "image", "EXIF, ICC, other segments and comments",
              of_images.metadata, "Strip the metadata of every image, or of none"),
        Audit("background-colour", "image", "colours away from the faces",
              of_images.background_colour, _CHOOSE + ", and leave pixels outside masks alone"),
        Audit("double-compression", "image", "DCT digits and block edges away from the faces",
              of_images.double_compression, _ENCODE),
        Audit("face-count", "image", "number of faces",
              of_images.face_count, _CHOOSE + "; report scores by number of faces"),
        Audit("place-in-file", "image", "place in the annotation file, image id",
              of_images.place_in_file, "Shuffle the images before they are numbered"),
        Audit("position", "face", "where in the image the face is",
              of_faces.position, _SELECT),
        Audit("face-size", "face", "size of the box",
              of_faces.face_size, _SELECT),
        Audit("box-aspect", "face", "width over height of the box",
              of_faces.box_aspect, _SELECT),
        Audit("order", "face", "order of the annotations of an image",
              of_faces.order, "Order faces by their place in the image, not by their label"),
        Audit("annotation-id", "face", "id of the annotation",
              of_faces.annotation_id, "Number the annotations after they are ordered"),
        Audit("mask-shape", "face", "form of the mask",
              of_faces.mask_shape, _OUTLINE),
        Audit("landmarks", "face", "landmarks present and visible",
              of_faces.landmarks, "Measure landmarks on real and forged faces alike"),
        Audit("row-fields", "face", "fields of the annotation row and their form",
              of_faces.row_fields, "Write the same fields for real and forged faces"),
    )
)  # fmt: skip
