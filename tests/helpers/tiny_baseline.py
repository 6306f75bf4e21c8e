"""A baseline that trains in milliseconds, and can be made to fail or to wait.

It maps bright pixels to faces: enough for the faces of the tiny dataset.
"""

import time

import cv2
import numpy as np
import torch
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.baselines.baseline import Baseline, BaselineParameters
from manyfaces.benchmark.baselines.network import Network, to_tensor
from manyfaces.benchmark.training_parameters import TrainingParameters
from torch import nn
from torch.nn import functional as F

STRIDE = 4


class Killed(Exception):
    """Stands for the end of a process, in the middle of a step."""


class TinyParameters(BaselineParameters):
    channels: int = 4


class TinyNetwork(Network):
    """Batch statistics and dropout, so that all of a network's state is at stake."""

    fail_at: int | None = None  # number of the call of losses that fails, from 1
    pause = 0.0  # seconds of each call
    error: Exception = Killed()

    def __init__(self, parameters):
        super().__init__()
        self.calls = 0
        self.layers = nn.Sequential(
            nn.Conv2d(3, parameters.channels, STRIDE, STRIDE),
            nn.BatchNorm2d(parameters.channels),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Conv2d(parameters.channels, 1, 1),
        )

    def maps(self, images):
        return [self.layers(image[None] / 255)[0, 0] for image in images]

    def losses(self, images, targets):
        self.calls += 1
        time.sleep(self.pause)
        if self.calls == self.fail_at:
            raise self.error
        wanted = [
            F.avg_pool2d(target["masks"].sum(0).clamp(max=1)[None, None].float(), STRIDE)[0, 0]
            for target in targets
        ]
        pairs = zip(self.maps(images), wanted, strict=True)
        parts = [F.binary_cross_entropy_with_logits(*pair) for pair in pairs]
        return {"loss_map": torch.stack(parts).mean()}

    @torch.no_grad()
    def predict(self, images, image_ids):  # noqa: ARG002 - a network needs no ids
        training = self.training
        self.eval()
        device = next(self.parameters()).device
        found = [self._faces(image, device) for image in images]
        self.train(training)
        return found

    def _faces(self, image, device):
        (logits,) = self.maps([to_tensor(image).to(device)])
        shares = torch.sigmoid(logits).repeat_interleave(STRIDE, 0).repeat_interleave(STRIDE, 1)
        size = image.shape[:2]
        shares = F.pad(shares, (0, size[1] - shares.shape[1], 0, size[0] - shares.shape[0]))
        shares = shares.cpu().numpy()
        count, parts = cv2.connectedComponents((shares > 0.5).astype(np.uint8))
        masks = [parts == number for number in range(1, count)]
        faces = Instances.from_masks(size, masks, [0] * len(masks), {})
        scores = np.array([shares[mask].mean() for mask in masks])
        return Instances(size, faces.boxes, faces.labels, faces.masks, scores)


TINY = Baseline(
    "tiny", "1", "bright pixels are faces", TinyParameters, TrainingParameters(), TinyNetwork
)


def the_first(_watched, _value, than):
    """In place of ``Watched.better``: no epoch is better than the first."""
    return than is None


def each(_watched, _value, _than):
    """In place of ``Watched.better``: each epoch is better than the one before."""
    return True
