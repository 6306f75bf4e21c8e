"""The Croissant file: a release described for machines (MLCommons Croissant 1.1, RAI 1.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .about import About
from .credits import FILE as CREDITS
from .facts import Facts
from .licences import dataset_licence, parse_licence
from .parquet import FOLDER as PARQUET
from .rows import split_name
from .statements import describe, statements

FILE: Final = "croissant.json"
CORE: Final = "http://mlcommons.org/croissant/1.1"
RAI: Final = "http://mlcommons.org/croissant/RAI/1.0"

_CR: Final = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
    "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset",
    "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{name: f"cr:{name}" for name in _CR},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
_KINDS: Final = {
    "train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit",
}  # fmt: skip
_TYPES: Final = {
    ".json": "application/json", ".jsonl": "application/jsonlines", ".csv": "text/csv",
    ".parquet": "application/x-parquet", ".md": "text/markdown",
    ".jpg": "image/jpeg", ".png": "image/png",
}  # fmt: skip

# Of a face: name, type, steps within the column, what it is.
_PARTS: Final = (
    ("id", "sc:Integer", "id", "As in the COCO files."),
    # cr:BoundingBox would say more, but the official library reads none from Parquet.
    ("bbox", "sc:Float", "bbox", "x, y, width, height in pixels."),
    ("categories", "sc:Integer", "categories", "0 real, 1 fake."),
    ("area", "sc:Integer", "area", "Pixels of the mask."),
    ("segmentation", "sc:Text", "segmentation counts",
     "Visible face region: counts of a compressed COCO mask of the image's size."),
    ("manipulation", "sc:Text", "manipulation counts", "Changed pixels, in the same form."),
    ("boundary", "sc:Text", "boundary counts", "The band along their edge, likewise."),
    ("method", "sc:Text", "method", "Name of the method, empty for a real face."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileOf:
    """One file of the release: path from its root, bytes, SHA-256."""

    path: str
    size: int
    sha256: str


def croissant(
    about: About, facts: Facts, files: Sequence[FileOf], published: date
) -> dict[str, Any]:
    """The JSON-LD object.

    Args:
        files: all files but the pictures, which stand in file sets.
    """
    shards = [file for file in files if file.path.startswith(f"{PARQUET}/")]
    return {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        **_dataset(about, facts, published),
        **{f"rai:{name}": text for name, text in statements(about, facts).items()},
        **_collected(about),
        "distribution": [*map(_file, files), *_picture_sets(facts), *_shard_set(shards)],
        "recordSet": _record_sets(facts) if shards else [],
    }


def _dataset(about: About, facts: Facts, published: date) -> dict[str, Any]:
    made = {"@type": "Organization", "name": "the publisher of this dataset"}
    return {
        "name": about.name,
        "description": describe(about, facts),
        "conformsTo": [CORE, RAI],
        "license": licence_urls(about, facts),
        "creator": [{"@type": "Person", "name": name} for name in about.creators] or [made],
        "datePublished": published.isoformat(),
        "version": about.version,
        "keywords": ["face forgery", "deepfake detection", "instance segmentation", "COCO"],
        "isLiveDataset": False,
        "citeAs": citation(about, published),
        **({"url": about.url} if about.url else {}),
    }


def licence_urls(about: About, facts: Facts) -> list[str]:
    """The licence of the whole, if one is given or shared; else every photograph's."""
    if about.licence:
        return [parse_licence(about.licence).url]
    one = dataset_licence(facts.licences)
    if one:
        return [parse_licence(one).url]
    return list(dict.fromkeys(parse_licence(stated).url for stated in facts.licences)) or [
        f"see {CREDITS}"
    ]


def citation(about: About, published: date) -> str:
    """BibTeX: the publisher's, or what is known."""
    authors = " and ".join(about.creators) or "the publisher"
    return about.citation or (
        f"@misc{{dataset, title={{{about.name}}}, author={{{authors}}}, "
        f"year={{{published.year}}}, note={{Version {about.version}}}}}"
    )


def _collected(about: About) -> dict[str, Any]:
    if about.collected is None:
        return {}
    return {"rai:dataCollectionTimeframe": [day.isoformat() for day in about.collected]}


def _file(file: FileOf) -> dict[str, Any]:
    suffix = "." + file.path.rpartition(".")[2]
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _TYPES.get(suffix, "text/plain"),
        "sha256": file.sha256,
    }


def _picture_sets(facts: Facts) -> list[dict[str, Any]]:
    folders = {f"pictures-{split}": f"images/{split}" for split in facts.splits}
    folders |= {f"pictures-{split}": f"hidden/{split}/images/{split}" for split in facts.hidden}
    empty = {f"pictures-{split}" for split, one in facts.splits.items() if not one.images}
    return [
        {
            "@type": "cr:FileSet",
            "@id": name,
            "name": name,
            "description": f"The pictures of {folder}; manifest.json has the SHA-256 of each.",
            "encodingFormat": _TYPES.get(facts.suffix, "image/*"),
            "includes": f"{folder}/*{facts.suffix}",
        }
        for name, folder in folders.items()
        if name not in empty
    ]


def _shard_set(shards: Sequence[FileOf]) -> list[dict[str, Any]]:
    if not shards:
        return []
    return [
        {
            "@type": "cr:FileSet",
            "@id": "parquet-files",
            "name": "parquet-files",
            "description": "Pictures and annotations of the open splits.",
            "encodingFormat": "application/x-parquet",
            "includes": f"{PARQUET}/*.parquet",
        }
    ]


def _record_sets(facts: Facts) -> list[dict[str, Any]]:
    names = [split_name(split) for split, one in facts.splits.items() if one.images]
    return [_splits(names), _labels(), _images(names)]


def _splits(names: Sequence[str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": "splits/url", "name": "url", "dataType": "sc:URL"},
        ],
        "data": [
            {"splits/name": name, "splits/url": _KINDS.get(name, "cr:Split")} for name in names
        ],
    }


def _labels() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "labels",
        "name": "labels",
        "dataType": "sc:Enumeration",
        "key": {"@id": "labels/id"},
        "field": [
            {"@type": "cr:Field", "@id": "labels/id", "name": "id", "dataType": "sc:Integer"},
            {"@type": "cr:Field", "@id": "labels/name", "name": "name", "dataType": "sc:Text"},
        ],
        "data": [
            {"labels/id": 0, "labels/name": "real"},
            {"labels/id": 1, "labels/name": "fake"},
        ],
    }


def _images(names: Sequence[str]) -> dict[str, Any]:
    split = {
        **_field("split", "sc:Text", "The split."),
        "references": {"field": {"@id": "splits/name"}},
        "source": {
            "fileSet": {"@id": "parquet-files"},
            "extract": {"fileProperty": "fullpath"},
            # The library applies it to its own result once more, which must match too.
            "transform": {"regex": f"^(?:.*{PARQUET}/)?({'|'.join(names)})(?:-.+parquet)?$"},
        },
    }
    picture = _column("image", "sc:ImageObject", "The picture.", "bytes")
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "One record an image, its faces in lists of one length.",
        "key": {"@id": "images/image_id"},
        "field": [
            split,
            picture,
            _column("image_id", "sc:Integer", "Stable: never given to another image."),
            _column("width", "sc:Integer", "Pixels."),
            _column("height", "sc:Integer", "Pixels."),
            _column("licence", "sc:Text", "Of its photographs, as their sources state it."),
            _column("credit", "sc:Text", "Its photographs."),
            _objects(),
        ],
    }


def _objects() -> dict[str, Any]:
    """The faces: lists of one length. Croissant has no type for run lengths, so text it is."""
    return {
        "@type": "cr:Field",
        "@id": "images/objects",
        "name": "objects",
        "description": "The faces, in lists of one length.",
        "dataType": "cr:Label",
        "subField": [_part(*part) for part in _PARTS],
    }


def _part(name: str, kind: str, path: str, description: str) -> dict[str, Any]:
    column = _column(f"objects/{name}", kind, description, path)
    column["source"]["extract"]["column"] = "objects"
    shape = {"isArray": True, "arrayShape": "-1,4" if name == "bbox" else "-1"}
    return {**column, "name": name, **shape}


def _field(name: str, kind: str, description: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"images/{name}",
        "name": name,
        "description": description,
        "dataType": kind,
    }


def _column(name: str, kind: str, description: str, path: str | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileSet": {"@id": "parquet-files"},
        "extract": {"column": name},
    }
    if path:
        # One after the other; the second goes to each item of the list that the first gave.
        source["transform"] = [{"jsonPath": step} for step in path.split()]
    return {**_field(name, kind, description), "source": source}
