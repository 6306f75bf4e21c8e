"""A Hugging Face dataset with a column of pictures: saved on disk, Parquet files, or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ...core.errors import DataError, MissingDependencyError, UsageError
from ...core.files import read_bytes, sha256
from ..faces import KnownFace
from ..sources import Photo
from .listed import Analyser, ListedPhotos, face_analyser

# Files that ``save_to_disk`` leaves beside the data.
SAVED: Final = ("dataset_dict.json", "state.json")
FACES: Final = "faces"  # a column of {"bbox": [[x, y, width, height], …], …}, as WIDER FACE has

_LICENCE: Final = ("licence", "license")
_ORIGIN: Final = ("origin", "source", "url")
_GROUP: Final = ("group",)
_HEAVY: Final = 2  # blur and occlusion, where the faces carry WIDER FACE's flags

Splits = Mapping[str, Any]  # split name → datasets.Dataset; pictures as they were encoded


def recognise(place: Path) -> bool:
    """Whether a place was written by ``save_to_disk``, or is Parquet."""
    if place.is_file():
        return place.suffix == ".parquet"
    return any((place / name).is_file() for name in SAVED) or any(place.glob("*.parquet"))


def open_huggingface(place: Path) -> HuggingFacePhotos:
    """A dataset's pictures as a source.

    Raises:
        MissingDependencyError: ``datasets`` is not installed.
    """
    if find_spec("datasets") is None:
        raise MissingDependencyError(
            "Hugging Face datasets are not installed",
            mend="Install them with: pip install 'manyfaces[sources]'",
        )
    return HuggingFacePhotos(place)


class HuggingFacePhotos(ListedPhotos):
    """The pictures of a dataset as a ``Source``; each process opens the dataset by itself.

    The first column of pictures is taken. Columns named licence, origin (or source, url)
    and group go into the provenance; ``faces`` holds known boxes.

    Args:
        place: a folder of ``save_to_disk``, a Parquet file or a folder of them, or a name
            on the Hub, which is downloaded to the library's own cache.
        analyser: makes the face analyser, once in each process.
    """

    def __init__(self, place: Path, analyser: Callable[[], Analyser] = face_analyser) -> None:
        super().__init__(place, "huggingface", lambda: (), analyser=analyser)
        self._splits: Splits | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**super().__getstate__(), "_splits": None}

    @property
    def splits(self) -> Splits:
        """The dataset's splits, opened once.

        Raises:
            UsageError: it cannot be found, or has no column of pictures.
        """
        if self._splits is None:
            self._splits = open_splits(self.root)
        return self._splits

    def photos(self) -> Sequence[Photo]:
        """Every row's picture, in order; hashed on the first call."""
        if self._photos is None:
            self._photos = tuple(self._rows())
        return self._photos

    def content(self, photo: Photo) -> tuple[bytes, Path | bytes]:
        """A row's encoded picture, twice.

        Raises:
            DataError: the row holds none that can be read.
        """
        split, _, row = photo.name.rpartition("/")
        data = picture_of(self.splits[split][int(row)], image_column(self.splits[split]))
        return data, data

    def _rows(self) -> Iterator[Photo]:
        for split, dataset in self.splits.items():
            column = image_column(dataset)
            stated = str(dataset.info.license or "unknown")
            for index, row in enumerate(dataset):
                digest, unread = _hash(row, column)
                yield Photo(
                    name=f"{split}/{index:07d}",
                    sha256=digest,
                    licence=_first(row, _LICENCE) or stated,
                    origin=_first(row, _ORIGIN) or self.root.name,
                    group=_first(row, _GROUP),
                    known=known_faces(row.get(FACES)),
                    unread=unread,
                )


def open_splits(place: Path) -> Splits:
    """Open a dataset with its pictures left encoded.

    Raises:
        UsageError: it cannot be found or read, or has no column of pictures.
    """
    import datasets

    datasets.disable_progress_bars()
    try:
        found = _load(datasets, place)
    # The library raises whatever its readers raise.
    except Exception as error:
        raise UsageError(
            "this dataset cannot be opened",
            where=place,
            got=f"{error!s:.200}",
            expected="a folder of save_to_disk, Parquet files, or a name on the Hub",
        ) from error
    splits = found if isinstance(found, datasets.DatasetDict) else {"data": found}
    return {name: _undecoded(datasets, part, place) for name, part in splits.items()}


def _load(datasets: Any, place: Path) -> Any:  # noqa: ANN401 - the library is optional
    if any((place / name).is_file() for name in SAVED):
        return datasets.load_from_disk(str(place))
    files = [place] if place.is_file() else sorted(place.glob("*.parquet"))
    if files:
        return datasets.Dataset.from_parquet([str(path) for path in files])
    return datasets.load_dataset(place.as_posix())


def _undecoded(datasets: Any, part: Any, place: Path) -> Any:  # noqa: ANN401 - as in _load
    """The same split with its first column of pictures as bytes and path."""
    for name, feature in part.features.items():
        if isinstance(feature, datasets.Image) or _is_raw(feature):
            return part.cast_column(name, datasets.Image(decode=False))
    raise UsageError(
        "this dataset has no column of pictures",
        where=place,
        got=", ".join(part.features),
        expected="a column of the type Image",
    )


def _is_raw(feature: object) -> bool:
    """Whether a Parquet column without a type is an encoded picture: bytes and path."""
    return isinstance(feature, dict) and set(feature) == {"bytes", "path"}


def image_column(dataset: Any) -> str:  # noqa: ANN401 - as in _load
    """The name of the column of pictures."""
    features: Mapping[str, object] = dataset.features
    return next(name for name, kind in features.items() if type(kind).__name__ == "Image")


def picture_of(row: Mapping[str, Any], column: str) -> bytes:
    """The encoded picture of a row.

    Raises:
        DataError: there is none, or its file cannot be read.
    """
    cell = row[column] or {}
    if cell.get("bytes"):
        return bytes(cell["bytes"])
    if not cell.get("path"):
        raise DataError("the row holds no picture", where=column)
    return read_bytes(Path(cell["path"]))


def known_faces(faces: Any) -> tuple[KnownFace, ...]:  # noqa: ANN401 - any column
    """The boxes of a row's ``faces``; none where the column is something else."""
    if not isinstance(faces, Mapping) or not isinstance(faces.get("bbox"), list):
        return ()
    count = len(faces["bbox"])
    blur, covered, invalid = (
        faces.get(name) or [0] * count for name in ("blur", "occlusion", "invalid")
    )
    return tuple(
        KnownFace((x, y, x + width, y + height), doubtful=_HEAVY in (blur[row], covered[row]))
        for row, (x, y, width, height) in enumerate(faces["bbox"])
        if min(width, height) > 0 and not invalid[row]
    )


def _hash(row: Mapping[str, Any], column: str) -> tuple[str, str]:
    """The SHA-256 of a row's picture, or else why it cannot be read."""
    try:
        return sha256(picture_of(row, column)), ""
    except DataError as error:
        return "", f"unreadable: {error}"


def _first(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    values = (row.get(column) for column in columns)
    return next((str(value) for value in values if isinstance(value, str) and value), "")
