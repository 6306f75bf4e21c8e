"""Answers kept while pictures are predicted, so that an interruption loses none of them.

``P.answers.jsonl`` beside ``P.json``: the detector on the first line, then a picture a line.
The file goes when the predictions are whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..annotations import masks
from ..annotations.instances import Instances
from ..core.files import (
    append_json_line,
    parse_json,
    read_bytes,
    sha256,
    sha256_of_file,
    to_json,
    write_json_lines,
)

SUFFIX: Final = ".answers.jsonl"


class KeptAnswers:
    """What a detector has answered so far, by image id and by the content of the picture.

    Args:
        predictions: the file that the answers will stand in.
        identity: of the detector; another one's answers are not taken.
    """

    def __init__(self, predictions: Path, identity: Mapping[str, Any]) -> None:
        self.path = predictions.with_suffix(SUFFIX)
        head = {"detector": sha256(to_json(dict(identity)))}
        self._rows: list[Any] = [head, *_earlier(self.path, head)]
        self._answers = {(row["image_id"], row["picture"]): row for row in self._rows[1:]}
        self._begun = False

    def __len__(self) -> int:
        """How many answers an earlier run has left."""
        return len(self._answers)

    def get(self, image_id: int, picture: Path) -> Instances | None:
        """The earlier answer for this very picture under this id, if there is one."""
        # A file is read twice only where there may be something to gain.
        if not self._answers or not picture.is_file():
            return None
        row = self._answers.get((image_id, sha256_of_file(picture)))
        return None if row is None else _instances(row)

    def add(self, image_id: int, picture: Path, found: Instances) -> None:
        """Write one more answer down.

        Raises:
            DataError: it cannot be written.
        """
        if not self._begun:
            # Without a line that was cut off, and without another detector's answers.
            write_json_lines(self.path, self._rows)
            self._begun = True
        append_json_line(self.path, _row(image_id, sha256_of_file(picture), found))

    def remove(self) -> None:
        """The answers stand where they belong."""
        self.path.unlink(missing_ok=True)


def _earlier(path: Path, head: Mapping[str, Any]) -> list[Any]:
    """The whole lines of an earlier run with the same detector."""
    if not path.is_file():
        return []
    first, *lines = read_bytes(path).split(b"\n")
    if first != to_json(head).rstrip():
        return []
    # What ends without a line's end was cut off.
    return [parse_json(line, where=path) for line in lines[:-1]]


def _row(image_id: int, picture: str, found: Instances) -> dict[str, Any]:
    scores = found.scores
    return {
        "image_id": image_id,
        "picture": picture,
        "size": list(found.size),
        "boxes": found.boxes.tolist(),
        "labels": found.labels.tolist(),
        "masks": [masks.to_coco(mask) for mask in found.masks],
        "scores": None if scores is None else scores.tolist(),
    }


def _instances(row: Mapping[str, Any]) -> Instances:
    size = (row["size"][0], row["size"][1])
    scores = row["scores"]
    return Instances(
        size,
        np.array(row["boxes"], dtype=np.float64).reshape(-1, 4),
        np.array(row["labels"], dtype=np.int64),
        tuple(masks.from_coco(mask, size) for mask in row["masks"]),
        None if scores is None else np.array(scores, dtype=np.float64),
    )
