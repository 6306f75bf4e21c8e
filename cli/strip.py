"""The strip of pictures: original, forged, truth, prediction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import image_path, open_split
from ..annotations.instances import Instances
from ..annotations.predictions import read_predictions
from ..benchmark.report.drawing import draw_faces
from ..core.images import Rgb, fit_within, read_image

SIDE = 420  # pixels, longer side of one picture
MIN_SCORE = 0.5
GAP = 6


Original = Callable[[int], Rgb]  # image id → the picture before anything was forged


def draw_strip(root: Path, split: str, predictions: Path, original: Original, rows: int = 2) -> Rgb:
    """The images with most methods and forged faces: original, forged, truth, prediction."""
    images = open_split(root, split).images
    found = read_predictions(predictions, {image.id: image.size for image in images})
    chosen = sorted(images, key=_least_forged)[:rows]
    strips = [_row(root, image, original(image.id), found[image.id]) for image in chosen]
    width = max(strip.shape[1] for strip in strips)
    padded = [
        cv2.copyMakeBorder(
            strip, 0, GAP, 0, width - strip.shape[1], cv2.BORDER_CONSTANT, value=(255, 255, 255)
        )
        for strip in strips
    ]
    return np.asarray(np.concatenate(padded)[:-GAP], dtype=np.uint8)


def _least_forged(image: AnnotatedImage) -> tuple[int, int, int]:
    methods = {name for name in image.instances.extra["method"] if name}
    return -len(methods), -int(image.instances.labels.sum()), image.id


def _row(root: Path, image: AnnotatedImage, original: Rgb, predicted: Instances) -> Rgb:
    picture = read_image(image_path(root, image.entry))
    if predicted.scores is not None:
        predicted = predicted[np.nonzero(predicted.scores >= MIN_SCORE)[0]]
    panels = [
        original,
        picture,
        draw_faces(picture, image.instances),
        draw_faces(picture, predicted),
    ]
    gap = np.full((fit_within(picture, SIDE).shape[0], GAP, 3), 255, np.uint8)
    shown = [part for panel in panels for part in (fit_within(panel, SIDE), gap)]
    return np.concatenate(shown[:-1], axis=1)
