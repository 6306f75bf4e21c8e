"""What can be wrong with a submission, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...core.tables import table
from ..problems import Rule
from ..result_rows import FILE_RULES

CROWD: Final = 100  # entries of one image and class that scoring looks at

_ADD: Final = "Add the field to each entry"
_NUMBER: Final = "Write the number itself, without quotes"
_IDS: Final = "Take the ids of the manifest's images, and check that it is of this split"
_XYWH: Final = "Write [x, y, width, height] in pixels, from the image's top left corner"
_CLIP: Final = "Clip the boxes to the image, and check that they are in its pixels"
_DROP: Final = "Leave such entries out"
_ENCODE: Final = "Encode the mask again, at the image's size, with pycocotools.mask.encode"
_RLE: Final = "Hand in the mask as RLE, which is exact as well"

# Suspicions come first: one of them explains many of the problems below it.
RULES: Final[Mapping[str, Rule]] = table(
    (
        *FILE_RULES.values(),
        Rule("category-shifted", "ids 0 (real) and 1 (fake)", "Take 1 off every category_id",
             "all categories are 1 or 2: they look off by one"),
        Rule("scores-percent", "scores in [0, 1]", "Divide every score by 100",
             "the scores look like percentages"),
        Rule("boxes-corners", "[x, y, width, height]", "Take x off the third value, y off the last",
             "the boxes look like [x1, y1, x2, y2]"),
        Rule("boxes-normalised", "boxes in pixels", "Multiply by the image's width and height",
             "the boxes look normalised to 0..1"),
        Rule("entry-not-object", "an object with image_id, category_id, score", _DROP,
             "an entry is not an object"),
        Rule("image-id-missing", "the id of an image of the manifest", _ADD,
             "an entry has no image_id"),
        Rule("image-id-type", "a whole number", _IDS, "an image_id is not a whole number"),
        Rule("image-id-text", "the number itself", _NUMBER, "an image_id is a number as text"),
        Rule("image-id-file-name", "the image's id", "Look the id up in the manifest",
             "a file name stands for an image_id"),
        Rule("image-other-split", "an image of this split", _IDS, "an image is of another split"),
        Rule("image-unknown", "the id of an image of the manifest", _IDS, "an image is unknown"),
        Rule("category-missing", "0 (real) or 1 (fake)", _ADD, "an entry has no category_id"),
        Rule("category-type", "0 (real) or 1 (fake)", _NUMBER,
             "a category_id is not a whole number"),
        Rule("category-unknown", "0 (real) or 1 (fake)", "Write 0 for real and 1 for fake",
             "a category is unknown"),
        Rule("score-missing", "a number in [0, 1]", _ADD, "an entry has no score"),
        Rule("score-type", "a number in [0, 1]", _NUMBER, "a score is not a number"),
        Rule("score-not-finite", "a number in [0, 1]", "Look where the model divides by zero",
             "a score is not finite"),
        Rule("score-range", "a number in [0, 1]", "Scale the scores to [0, 1]",
             "a score is out of range"),
        Rule("place-missing", "bbox, segmentation, or both", _ADD,
             "an entry has neither bbox nor segmentation"),
        Rule("box-type", "a list of four numbers", _XYWH, "a bbox is not four numbers"),
        Rule("box-not-finite", "four finite numbers", "Look where the model divides by zero",
             "a bbox has a number that is not finite"),
        Rule("box-negative", "a width and height above 0", _XYWH,
             "a box has a negative width or height"),
        Rule("box-empty", "a width and height above 0", _DROP, "a box has no area"),
        Rule("box-outside", "a box that meets its image", _CLIP, "a box is outside its image"),
        Rule("mask-type", "an RLE object or a list of polygons", _ENCODE,
             "a segmentation is neither RLE nor polygons"),
        Rule("mask-transposed", "[height, width]",
             "Swap the size, and check that the mask is not turned as well",
             "a mask's size is [width, height]"),
        Rule("mask-size", "the image's [height, width]", _ENCODE,
             "a mask does not have its image's size"),
        Rule("mask-counts-type", "text, or a list of whole numbers", _ENCODE,
             "the counts of an RLE are neither text nor whole numbers"),
        Rule("mask-too-long", "at most a run for each pixel", _ENCODE,
             "an RLE is longer than its image can need"),
        Rule("mask-bad-character", "characters from 0 to o", _ENCODE,
             "an RLE has a character outside its alphabet"),
        Rule("mask-cut", "whole numbers to the end", _ENCODE, "an RLE ends within a number"),
        Rule("mask-bad-run", "run lengths from 0 to the image's pixels", _ENCODE,
             "an RLE has a run that cannot be"),
        Rule("mask-not-filling", "runs that add up to the image's pixels", _ENCODE,
             "an RLE does not fill its image"),
        Rule("polygon-malformed", "[x1, y1, x2, y2, x3, y3, …], three points or more",
             "Close each part with at least three points, and leave smaller ones out",
             "a polygon is malformed"),
        Rule("polygon-bad-number", "pixels, as finite numbers up to a million", _RLE,
             "a polygon has a coordinate that cannot be"),
        Rule("polygon-too-long", "an outline that an image can have", _RLE,
             "a polygon's outline is too long"),
        Rule("number-not-finite", "numbers that JSON has", "Leave the field out, or write null",
             "a field that is not read holds NaN, Infinity or a number too large"),
        Rule("box-beyond", "a box inside its image", _CLIP, "a box goes past its image", True),
        Rule("mask-empty", "at least one pixel", _DROP, "a mask is empty", True),
        Rule("mask-box-differs", "the box of the mask", "Check that box and mask belong together",
             "a box does not fit its mask", True),
        Rule("entry-duplicate", "each detection once", "Write each detection once",
             "an entry is there twice", True),
        Rule("image-crowded", f"at most {CROWD} entries",
             f"Keep the best {CROWD}: the others do not count",
             "an image has many entries of one class", True),
        Rule("images-silent", "entries for each image with faces", "Check that no image was missed",
             "images have no entries", True),
        Rule("fields-surplus", "the five fields of COCO results", "Leave the field out",
             "a field is not read", True),
        Rule("scores-alike", "scores that rank the entries", "Write the detector's confidence",
             "all scores are the same", True),
    )
)  # fmt: skip
