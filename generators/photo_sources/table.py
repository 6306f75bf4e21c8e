"""The layouts of photographs that a build reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...core.tables import lookup, table
from ..photo_folder import PhotoFolder
from ..sources import Source
from . import coco, huggingface, open_images, wider_face

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A layout of photographs.

    Args:
        description: one line for people.
        recognised: by what, in words.
        recognises: whether a place has this layout; reads names, never the network.
        open: the place as a ``Source``; raises a ``ManyfacesError`` where it is none.
    """

    name: str
    description: str
    recognised: str
    recognises: Callable[[Path], bool]
    open: Callable[[Path], Source]


# In the order in which they are tried; a folder is what is left.
SOURCES: Final[Mapping[str, SourceKind]] = table(
    (
        SourceKind(
            "coco",
            "pictures of a COCO file, with its boxes of faces and its licences",
            "a .json file",
            coco.recognise_coco,
            coco.open_coco,
        ),
        SourceKind(
            "openforensics",
            "pristine pictures of OpenForensics, with their real faces",
            "Train_poly.json, Val_poly.json, …",
            coco.recognise_openforensics,
            coco.open_openforensics,
        ),
        SourceKind(
            "wider-face",
            "WIDER FACE, with its boxes; invalid, blurred and covered faces are never forged",
            "wider_face_split/",
            wider_face.recognise,
            wider_face.open_wider_face,
        ),
        SourceKind(
            "open-images",
            "Open Images, with its human faces, its depictions left out, and its authors",
            "*annotations-bbox.csv",
            open_images.recognise,
            open_images.open_open_images,
        ),
        SourceKind(
            "huggingface",
            "a Hugging Face dataset: saved on disk, Parquet files, or a name on the Hub",
            "dataset_dict.json, state.json or *.parquet; a name only by --source",
            huggingface.recognise,
            huggingface.open_huggingface,
        ),
        SourceKind(
            "folder",
            "every picture under a folder, with a manifest.csv where there is one",
            "anything else",
            Path.is_dir,
            PhotoFolder,
        ),
    )
)


def open_source(place: Path, kind: str = AUTO) -> Source:
    """The photographs at a place, of a named layout or of the first that it shows.

    Raises:
        UsageError: there is no such layout, or the place does not have it.
        MissingDependencyError: the layout needs a library that is not installed.
    """
    if kind != AUTO:
        return lookup(SOURCES, kind, "source of photographs").open(place)
    found = (row for row in SOURCES.values() if row.recognises(place))
    return next(found, SOURCES["folder"]).open(place)
