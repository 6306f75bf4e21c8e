"""Model files: found by name, trusted by their SHA-256."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pooch

from ...core.errors import DataError
from ...core.files import sha256_of_file

FOLDER_VARIABLE = "MANYFACES_MODELS"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A network's weights: file name, SHA-256, official home, licence."""

    name: str
    sha256: str
    url: str
    licence: str


FACE_DETECTOR = ModelFile(
    "face_detection_yunet_2023mar.onnx",
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"
    "face_detection_yunet/face_detection_yunet_2023mar.onnx",
    "MIT",
)
FACE_MESH = ModelFile(
    "face_landmark.tflite",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "https://storage.googleapis.com/mediapipe-assets/face_landmark.tflite",
    "Apache-2.0",
)


def find_model(model: ModelFile) -> Path:
    """The path of a model file: ``$MANYFACES_MODELS``, the user's cache, or a download.

    Raises:
        DataError: a file of that name is not the expected one, or it is nowhere and
            cannot be downloaded; the message says which file to put where.
    """
    cache = Path(platformdirs.user_cache_dir("manyfaces")) / "models"
    folder = os.environ.get(FOLDER_VARIABLE)
    for place in ([Path(folder)] if folder else []) + [cache]:
        if (place / model.name).is_file():
            return _checked(place / model.name, model)
    try:
        done = pooch.retrieve(model.url, f"sha256:{model.sha256}", fname=model.name, path=cache)
    except Exception as error:  # pooch lets any transport's exceptions through
        raise DataError(
            f"the model file {model.name} is missing and cannot be downloaded",
            got=str(error),
            mend=f"Download {model.url} on a machine with a network, put it into {cache}, "
            f"or into any folder that ${FOLDER_VARIABLE} names",
        ) from error
    return Path(done)


def _checked(path: Path, model: ModelFile) -> Path:
    found = sha256_of_file(path)
    if found != model.sha256:
        raise DataError(
            "a model file is not the expected one",
            where=path,
            got=f"sha256 {found}",
            expected=f"sha256 {model.sha256}",
            mend=f"Replace it by {model.url}, or delete it to have it downloaded",
        )
    return path
