"""A small manifest, a sound submission for it, and every fault that a check knows."""

import gzip
import io
import json
import time
import tracemalloc
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
from manyfaces.annotations import masks
from manyfaces.annotations.manifest import Manifest, ManifestEntry
from pyarrow import parquet

SIZE = (60, 80)  # height, width
PIXELS = 60 * 80
SPLITS = {1: "train", 2: "train", 3: "test", 4: "test"}
MANIFEST = Manifest(
    tuple(
        ManifestEntry(key, f"images/{split}/{key:06d}.jpg", *SIZE, "0", split)
        for key, split in SPLITS.items()
    )
)
SIZES = MANIFEST.sizes("test")


def rle(left, top, width, height, size=SIZE):
    mask = np.zeros(size, bool)
    mask[top : top + height, left : left + width] = True
    return masks.to_coco(masks.encode(mask))


def entry(image=3, label=1, score=0.5, box=(20, 10, 30, 40), **fields):
    """A detection whose mask fills its box; a field that is None is left out."""
    full = {
        "image_id": image,
        "category_id": label,
        "bbox": list(box),
        "score": score,
        "segmentation": rle(*box),
        **fields,
    }
    return {name: value for name, value in full.items() if value is not None}


def sound():
    return [
        entry(),
        entry(score=0.8, label=0, box=(2, 3, 11, 12)),
        entry(4, score=0.3, box=(40, 20, 40, 40)),
        entry(4, score=0.1, label=0, box=(0, 0, 80, 60)),
    ]


def first(**fields):
    """The sound submission with other fields in its first entry; None removes one."""
    rows = sound()
    rows[0] = {**rows[0], **fields}
    return [{name: value for name, value in rows[0].items() if value is not None}, *rows[1:]]


def each(**fields):
    """The sound submission with fields changed by functions in every entry."""
    return [{**row, **{name: f(row[name]) for name, f in fields.items()}} for row in sound()]


def seg(**fields):
    return first(segmentation={**rle(20, 10, 30, 40), **fields})


def text(rows):
    return json.dumps(rows).encode()


def table(rows, **columns):
    out = io.BytesIO()
    parquet.write_table(pa.table(pa.Table.from_pylist(rows)), out, **columns)
    return out.getvalue()


COUNTS = rle(20, 10, 30, 40)["counts"]
ALIVE = text(sound())
# Code → files that have this fault. Bytes are files, lists are what a file says.
FAULTS = {
    "file-unreadable": [None],
    "file-too-large": [b"[" + b"0," * 60_000 + b"0]"],
    "file-unpacks-too-large": [gzip.compress(b" " * (70 << 20))],
    "gzip-unreadable": [gzip.compress(ALIVE)[:-9], b"\x1f\x8b" + ALIVE],
    "parquet-unreadable": [b"PAR1", b"PAR1" + ALIVE, table(sound())[:-20]],
    "file-empty": [b"", b" \n\n"],
    "file-not-utf8": [b'["\xff"]', ALIVE.decode().encode("utf-16"), b"PK\x03\x04" + ALIVE],
    "file-truncated": [ALIVE[:-1], ALIVE[:200], ALIVE[:37], b"["],
    "file-json-lines": [b"\n".join(json.dumps(row).encode() for row in sound())],
    "file-nested-too-deep": [b"[" * 40_000, b"[" * 2000 + b"]" * 2000, b'[{"a":' * 5000],
    "file-not-json": [b"image_id,score\n3,0.5\n", ALIVE + b"]", ALIVE.replace(b'"', b"'"), b"[1,]"],
    "file-is-dataset": [{"images": [], "annotations": [], "categories": []}],
    "file-not-list": [{"predictions": sound()}, {}, 3, "text", None],
    "entries-too-many": [b"[" + b"{}," * 500 + b"{}]", [0] * 300, table([{"image_id": 3}] * 300)],
    "category-shifted": [each(category_id=lambda label: label + 1)],
    "scores-percent": [each(score=lambda score: 100 * score)],
    "boxes-corners": [
        each(bbox=lambda box: [*box[:2], box[0] + box[2], box[1] + box[3]]),
        # Near the top left corner no box goes past the image, but none fits its mask.
        [
            entry(box=(4, 4, 6, 6), bbox=[4, 4, 10, 10]),
            entry(4, box=(6, 6, 6, 6), bbox=[6, 6, 12, 12]),
        ],
    ],
    "boxes-normalised": [
        each(bbox=lambda box: [box[0] / 80, box[1] / 60, box[2] / 80, box[3] / 60])
    ],
    "entry-not-object": [[5, *sound()], [[], None, "x"], [sound()]],
    "image-id-missing": [first(image_id=None)],
    "image-id-type": [first(image_id=3.0), first(image_id=True), first(image_id=[3])],
    "image-id-text": [first(image_id="3")],
    "image-id-file-name": [
        first(image_id="images/test/000003.jpg"),
        first(image_id="000003.jpg"),
        first(image_id="C:\\data\\000003.png"),
    ],
    "image-other-split": [first(image_id=1)],
    "image-unknown": [first(image_id=99), first(image_id="99"), first(image_id=2**63)],
    "category-missing": [first(category_id=None)],
    "category-type": [first(category_id=True), first(category_id="Fake"), first(category_id=1.0)],
    "category-unknown": [first(category_id=2), first(category_id=-1), first(category_id=2**63)],
    "score-missing": [first(score=None)],
    "score-type": [first(score="0.5"), first(score=True), first(score=[0.5]), first(score={})],
    "score-not-finite": [first(score=float("nan")), first(score=-float("inf")),
                         ALIVE.replace(b"0.8", b"1e999"),
                         ALIVE.replace(b"0.8", b"9" * 1_000_000)],
    "score-range": [first(score=1.01), first(score=-0.5), first(score=7)],
    "place-missing": [first(bbox=None, segmentation=None)],
    "box-type": [first(bbox=[1, 2, 3]), first(bbox="1 2 3 4"), first(bbox=[1, 2, "3", 4]),
                 first(bbox={"x": 1}), first(bbox=[1, 2, True, 4]), first(bbox=[1, 2, [3], 4])],
    "box-not-finite": [first(bbox=[1, 2, float("nan"), 4]), first(bbox=[1, float("inf"), 3, 4])],
    "box-negative": [first(bbox=[20, 10, -5, 40])],
    "box-empty": [first(bbox=[20, 10, 0, 40]), first(bbox=[20, 10, 30, 0])],
    "box-outside": [first(bbox=[90, 10, 30, 40]), first(bbox=[-50, 10, 30, 40]),
                    first(bbox=[20, 10, 1e300, 40]), first(bbox=[20, 10, 2e6, 40])],
    "mask-type": [first(segmentation="mask"), first(segmentation=5),
                  first(segmentation={"size": [60, 80]})],
    "mask-transposed": [seg(size=[80, 60])],
    "mask-size": [seg(size=[100_000, 100_000]), seg(size=None), seg(size=[60]), seg(size="60x80"),
                  seg(size=[[60], 80]), first(segmentation=rle(1, 1, 2, 2, (30, 40)))],
    "mask-counts-type": [seg(counts=None), seg(counts=5), seg(counts=[1.5, PIXELS - 1.5]),
                         seg(counts={"a": 1}), seg(counts=[True] * PIXELS)],
    "mask-too-long": [seg(counts="0" * (7 * PIXELS + 50)), seg(counts=[0] * 20_000 + [PIXELS])],
    "mask-bad-character": [seg(counts=COUNTS[:-1] + "~"), seg(counts="é" + COUNTS),
                           seg(counts=COUNTS + " ")],
    "mask-cut": [seg(counts=COUNTS[:-1] + "o")],
    "mask-bad-run": [seg(counts="oooooooooo0"), seg(counts="O"), seg(counts=[-1, PIXELS + 1])],
    "mask-not-filling": [seg(counts=""), seg(counts="1"), seg(counts=[PIXELS - 1]), seg(counts=[]),
                         seg(counts=COUNTS + "1"), seg(counts=[2**62] * 8)],
    "polygon-malformed": [first(segmentation=[[1, 2, 3, 4]]),
                          first(segmentation=[1, 2, 3, 4, 5, 6]),
                          first(segmentation=[[1, 2, 3, 4, 5, 6, 7]]), first(segmentation=[{}]),
                          first(segmentation=["123456"])],
    "polygon-bad-number": [first(segmentation=[["1"] * 6]), first(segmentation=[[None] * 6]),
                           first(segmentation=[[1, 2, 3, 4, 5, float("nan")]]),
                           first(segmentation=[[1, 2, 3, 4, 5, 1e9]]),
                           first(segmentation=[[1, 2, 3, 4, 5, True]])],
    "polygon-too-long": [first(segmentation=[[0, 0, 9e5, 9e5, 0, 9e5]]),
                         first(segmentation=[[0, 0, 80, 60] * 100])],
    "number-not-finite": [first(extra=float("nan"))],
    "box-beyond": [first(bbox=[20, 10, 30, 55])],
    "mask-empty": [first(segmentation=rle(0, 0, 0, 0)), first(segmentation=[]),
                   first(segmentation=[[20, 10, 50, 10, 30, 10]]),
                   first(segmentation=[[90, 10, 99, 10, 99, 20]]),
                   first(segmentation={"size": [60, 80], "counts": [PIXELS]})],
    "mask-box-differs": [first(segmentation=rle(50, 40, 10, 10)),
                         first(segmentation=[[50, 40, 60, 40, 60, 50]])],
    "entry-duplicate": [[*sound(), sound()[1]]],
    "image-crowded": [[*sound(), *(entry(score=n / 200, label=1) for n in range(101))]],
    "images-silent": [sound()[:2], []],
    "fields-surplus": [first(id=7, area=1200)],
    "scores-alike": [each(score=lambda _: 1.0)],
}  # fmt: skip


def content(fault):
    """A fault as the bytes of a file."""
    return fault if isinstance(fault, bytes) else text(fault)


@contextmanager
def bounded(*, seconds, megabytes):
    """Hold what happens within to a time and a peak of memory."""
    tracemalloc.start()
    start = time.perf_counter()
    try:
        yield
        assert time.perf_counter() - start < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()
