"""Checks of the plain fields: image_id, category_id, score, and which fields there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from ..categories import NAMES
from .entries import Entries, Images
from .findings import Findings, Told, shown
from .rules import CROWD

FIELDS: Final = frozenset({"image_id", "category_id", "score", "bbox", "segmentation"})
FEW: Final = 2  # scores that may be alike by chance
PERCENT: Final = 100
SCALED: Final = 10  # the best score, from which percent are more likely than a slip

ByCode = Mapping[str, Sequence[int]]


def check_images(entries: Entries, images: Images, findings: Findings) -> None:
    """Find each entry's image, and note the ids that are none."""
    values = entries.column("image_id")
    found = [images.here.get(value) if type(value) is int else None for value in values]
    odd: dict[str, list[int]] = defaultdict(list)
    for row, image in enumerate(found):
        if image is None:
            identity = images.meant(values[row])
            odd[_fault_of_id(values[row], identity, images)].append(row)
            found[row] = None if identity is None else images.here[identity]
    entries.images = found
    place, tell = partial(entries.place, name="image_id"), partial(_tell_image, entries, images)
    for code, rows in odd.items():
        findings.add_rows(code, rows, place, tell)


def _tell_image(entries: Entries, images: Images, row: int) -> Told:
    """What stands for an image, and the id that is meant, if one is."""
    value, image = entries.rows[row].get("image_id"), entries.images[row]
    if image is not None:
        return shown(value), f"{image.id}, the id of {image.file_name}"
    if type(value) is int and value in images.elsewhere:
        return f"{value}, of split {images.elsewhere[value].split}", None
    return shown(value), None


def _fault_of_id(value: object, meant: int | None, images: Images) -> str:
    if value is None:
        return "image-id-missing"
    if meant is not None:
        return "image-id-text" if str(value).isdecimal() else "image-id-file-name"
    if type(value) is int:
        return "image-other-split" if value in images.elsewhere else "image-unknown"
    return "image-unknown" if isinstance(value, str) else "image-id-type"


def check_categories(entries: Entries, findings: Findings) -> None:
    """Note categories that are none, and the habit of counting them from 1."""
    values = entries.column("category_id")
    odd: dict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(values):
        if type(value) is not int:
            odd["category-missing" if value is None else "category-type"].append(row)
        elif not 0 <= value < len(NAMES):
            odd["category-unknown"].append(row)
    used = Counter(value for value in values if type(value) is int)
    if odd["category-unknown"] and used.keys() <= {1, 2}:
        got = f"category_id 1 in {used[1]:,} entries and 2 in {used[2]:,}"
        findings.add("category-shifted", "all entries, category_id", got)
    for code, rows in odd.items():
        entries.note(findings, code, rows, "category_id", _category_of(code, values, rows))


def _category_of(code: str, values: Sequence[Any], rows: Sequence[int]) -> str | None:
    """The number of a category that is given by name."""
    if code != "category-type":
        return None
    named = {value.lower() for value in (values[row] for row in rows) if isinstance(value, str)}
    known = [f"{NAMES.index(name)} for {name}" for name in sorted(named) if name in NAMES]
    return ", ".join(known) or None


def check_scores(entries: Entries, findings: Findings) -> None:
    """Note scores that are none, and scores that say nothing."""
    values = entries.column("score")
    plain = np.array([type(value) is float or type(value) is int for value in values], dtype=bool)
    odd = np.flatnonzero(~plain).tolist()
    missing = [row for row in odd if values[row] is None]
    entries.note(findings, "score-missing", missing, "score")
    entries.note(findings, "score-type", [r for r in odd if values[r] is not None], "score")
    rows = np.flatnonzero(plain)
    scores = np.array([values[row] for row in rows.tolist()], dtype=np.float64)
    finite = np.isfinite(scores)
    entries.note(findings, "score-not-finite", rows[~finite].tolist(), "score")
    beyond = finite & ((scores < 0) | (scores > 1))
    entries.note(findings, "score-range", rows[beyond].tolist(), "score")
    _check_scale(scores[finite], findings)


def _check_scale(scores: np.ndarray[Any, np.dtype[np.float64]], findings: Findings) -> None:
    if not len(scores):
        return
    low, high = float(scores.min()), float(scores.max())
    if low >= 0 and SCALED < high <= PERCENT and np.median(scores) > 1:
        findings.add("scores-percent", "all entries, score", f"scores from {low:g} to {high:g}")
    if len(scores) > FEW and low == high:
        findings.add("scores-alike", "all entries, score", f"{low:g} in {len(scores):,} entries")


def check_fields(entries: Entries, findings: Findings) -> None:
    """Note entries without a place, and fields that nobody reads."""
    missing = [
        row
        for row, entry in enumerate(entries.rows)
        if entry.get("bbox") is None and entry.get("segmentation") is None
    ]
    findings.add_rows("place-missing", missing, entries.place, lambda _: ("neither", None))
    surplus = Counter(
        name for row in entries.rows if not row.keys() <= FIELDS for name in row.keys() - FIELDS
    )
    for name, count in surplus.most_common():
        got = f"{shown(name)}, in {count:,} of {len(entries.rows):,}"
        findings.add("fields-surplus", "all entries", got)


def check_coverage(entries: Entries, images: Images, findings: Findings) -> None:
    """Note images that nothing is said of, and images that too much is said of."""
    named = Counter(image.id for image in entries.images if image is not None)
    silent = [identity for identity in images.here if identity not in named]
    if silent:
        first = ", ".join(map(str, silent[:5])) + (", …" if len(silent) > 5 else "")
        got = f"{len(silent):,} of {len(images.here):,} images without entries: {first}"
        findings.add("images-silent", "all entries", got)
    pairs = zip(entries.images, entries.column("category_id"), strict=True)
    by_class = Counter((row.id, label) for row, label in pairs if row and type(label) is int)
    for (identity, label), count in by_class.items():
        if count > CROWD:
            findings.add("image-crowded", f"image {identity}, category {label}", f"{count} entries")


def check_duplicates(entries: Entries, findings: Findings) -> None:
    """Note entries that say exactly what another one says."""
    columns = (entries.column(name) for name in ("image_id", "category_id", "score"))
    keys = list(map(_key, zip(*columns, strict=True)))
    shared = {key for key, count in Counter(keys).items() if count > 1}
    first: dict[str, int] = {}
    again: dict[int, int] = {}
    for row, key in enumerate(keys):
        if key in shared:
            twin = first.setdefault(_exact(sorted(entries.rows[row].items())), row)
            if twin != row:
                again[row] = entries.numbers[twin]
    findings.add_rows(
        "entry-duplicate", list(again), entries.place, lambda row: (f"as entry {again[row]}", None)
    )


def _key(values: tuple[object, ...]) -> tuple[object, ...]:
    plain = all(isinstance(value, int | float | str | None) for value in values)
    return values if plain else (_exact(values),)


def _exact(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:  # nested too deep to compare: like nothing else
        return f"object {id(value)}"
