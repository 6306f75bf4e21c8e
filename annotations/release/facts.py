"""What a release holds, in numbers: the same for its card, its datasheet and its Croissant file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from ..categories import FAKE
from ..coco import AnnotatedImage
from .credits import credits_of, licence_counts
from .lines import Line
from .source_type import DRAWN

Purpose = Literal["public", "evaluation"]


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """Counts of one open split; ``forged_images`` hold at least one fake face."""

    images: int
    faces: int
    fake: int
    forged_images: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of one release.

    Args:
        splits: of the open splits; empty ones stand here too.
        hidden: split → images, of those without labels.
        methods: method → (version, faces), the most frequent first.
        licences: licence as stated → photographs of the open splits.
        marks: digital source type → images that carry it.
        withdrawn: photographs with a tombstone.
        suffix: of the pictures' files.
    """

    purpose: Purpose
    splits: Mapping[str, SplitFacts]
    hidden: Mapping[str, int]
    methods: Mapping[str, tuple[str, int]]
    licences: Mapping[str, int]
    drawn: bool
    marks: Mapping[str, int]
    withdrawn: int
    suffix: str = ".jpg"

    @property
    def images(self) -> int:
        """Of all splits, hidden ones too."""
        return self.open_images + sum(self.hidden.values())

    @property
    def open_images(self) -> int:
        """Of the splits with labels."""
        return sum(one.images for one in self.splits.values())

    @property
    def faces(self) -> int:
        """Annotated."""
        return sum(one.faces for one in self.splits.values())

    @property
    def fake(self) -> int:
        """Of the annotated faces."""
        return sum(one.fake for one in self.splits.values())


@dataclass(slots=True)
class Counting:
    """Facts while splits are read one by one."""

    purpose: Purpose
    splits: dict[str, SplitFacts] = field(default_factory=dict)
    methods: Counter[str] = field(default_factory=Counter)
    versions: dict[str, str] = field(default_factory=dict)
    lines: dict[str, Sequence[Line]] = field(default_factory=dict)
    marks: Counter[str] = field(default_factory=Counter)
    suffixes: set[str] = field(default_factory=set)

    def add(self, split: str, images: Sequence[AnnotatedImage], lines: Sequence[Line]) -> None:
        """Count one open split."""
        self.suffixes |= {PurePosixPath(image.entry.file_name).suffix for image in images}
        labels = [image.instances.labels for image in images]
        self.splits[split] = SplitFacts(
            images=len(images),
            faces=sum(map(len, labels)),
            fake=sum(int((row == FAKE).sum()) for row in labels),
            forged_images=sum(bool((row == FAKE).any()) for row in labels),
        )
        for line in lines:
            if line.get("method"):
                self.methods[line["method"]] += 1
                self.versions[line["method"]] = str(line.get("version"))
        self.lines[split] = lines

    def facts(self, hidden: Mapping[str, int], withdrawn: int) -> Facts:
        """The counts so far."""
        credits = credits_of(self.lines)
        origins = {one.record.get("origin") for one in credits}
        return Facts(
            purpose=self.purpose,
            splits=self.splits,
            hidden=hidden,
            methods={name: (self.versions[name], n) for name, n in self.methods.most_common()},
            licences=licence_counts(credits),
            drawn=origins == {DRAWN},
            marks=dict(self.marks.most_common()),
            withdrawn=withdrawn,
            suffix=self.suffixes.pop() if len(self.suffixes) == 1 else ".*",
        )
