"""A detector without a network: bright patches are faces, the redder the more forged."""

import time

import cv2
import numpy as np
from manyfaces.annotations.instances import Instances


class BrightFaces:
    """Red patches are fake, others real; the score is their brightness over 255."""

    def predict(self, images, image_ids):  # noqa: ARG002
        return [self._faces(image) for image in images]

    def _faces(self, image):
        bright = image.max(axis=2)
        count, parts = cv2.connectedComponents((bright > 100).astype(np.uint8))
        masks = [parts == number for number in range(1, count)]
        masks = [mask for mask in masks if mask.sum() >= 20]
        red = [float(image[mask][:, 0].mean() > image[mask][:, 1].mean() + 30) for mask in masks]
        found = Instances.from_masks(image.shape[:2], masks, [int(value) for value in red])
        scores = np.array([bright[mask].mean() / 255 for mask in masks])
        return Instances(found.size, found.boxes, found.labels, found.masks, scores)


class SlowFaces(BrightFaces):
    """Takes a second for each picture."""

    def predict(self, images, image_ids):
        time.sleep(1)
        return super().predict(images, image_ids)


class Broken:
    """Fails at each picture, and says something that nobody should read."""

    def predict(self, images, image_ids):  # noqa: ARG002
        raise RuntimeError("a secret of the server")
