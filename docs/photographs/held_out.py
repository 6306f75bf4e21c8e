"""Are forgeries told by a method that training never saw: held_out.py TRAIN TEST [TEST].

TRAIN is a dataset (its split train), TEST are others (their split test) whose photographs
are not in it. The methods are dealt into three folds. For each fold the forensic head of
mask-rcnn-small is trained without its methods, on the cut-out faces of TRAIN, and once
with all methods; for each method is printed the area under the ROC curve of its forgeries
against the real faces, seen and held out. Faces are the true ones, at least 40 pixels wide
and high: smaller ones are never forged. Nothing is chosen on TEST.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from manyfaces.annotations.dataset import image_path, open_split
from manyfaces.benchmark.baselines.forensic import ForensicHead
from manyfaces.benchmark.baselines.network import to_tensor
from manyfaces.core.images import read_image
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

SMALLEST, CHANNELS, CROP = 40, 64, 32
EPOCHS, BATCH, RATE, DECAY = 6, 32, 2e-3, 0.05
FOLDS = 3


class Faces(NamedTuple):
    """Cut-out faces: crops (n, 18, 32, 32), labels (n,) with 1 for forged, methods (n,)."""

    crops: Tensor
    labels: Tensor
    methods: np.ndarray

    def where(self, rows: np.ndarray) -> Faces:
        """Some of them."""
        return Faces(self.crops[rows], self.labels[rows], self.methods[rows])


@torch.inference_mode()
def faces_of(root: Path, split: str) -> Faces:
    """The faces of a split that are large enough."""
    head = ForensicHead(CHANNELS, CROP)
    crops, labels, methods = [], [], []
    for image in open_split(root, split).images:
        truth = image.instances
        kept = (truth.boxes[:, 2:] - truth.boxes[:, :2]).min(axis=1, initial=1e9) >= SMALLEST
        if kept.any():
            pixels = to_tensor(read_image(image_path(root, image.entry)))
            boxes = torch.tensor(truth.boxes[kept], dtype=torch.float32)
            crops.append(head.crops(pixels, boxes).half())
            labels += truth.labels[kept].tolist()
            methods += [method or "" for method in truth.extra["method"][kept]]
    return Faces(torch.cat(crops), torch.tensor(labels).float(), np.array(methods))


def fit(faces: Faces) -> ForensicHead:
    """A head that has learned the labels of faces; the same each time."""
    torch.manual_seed(0)
    head = ForensicHead(CHANNELS, CROP)
    data = TensorDataset(faces.crops, faces.labels)
    loader = DataLoader(data, BATCH, shuffle=True, drop_last=True)
    optimiser = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    steps = EPOCHS * len(loader)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(EPOCHS):
        for crops, labels in loader:
            mirrored = crops.flip(-1) if torch.rand(()) < 0.5 else crops
            logits, _ = head.judge(mirrored.float())
            loss = F.binary_cross_entropy_with_logits(logits, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()
    return head.eval()


@torch.inference_mode()
def scores(head: ForensicHead, faces: Faces) -> np.ndarray:
    """How forged each face looks."""
    return torch.cat([head.judge(part.float())[0] for part in faces.crops.split(64)]).numpy()


def by_method(forged: np.ndarray, faces: Faces, methods: Sequence[str]) -> Iterator[float]:
    """The AUC of each method against the real faces."""
    real = faces.methods == ""
    for method in methods:
        rows = real | (faces.methods == method)
        yield float(roc_auc_score(faces.labels[rows], forged[rows]))


def main(train: Path, tests: Sequence[Path]) -> None:
    """Print a line a method."""
    known, parts = faces_of(train, "train"), [faces_of(root, "test") for root in tests]
    unknown = Faces(*(join([part[i] for part in parts]) for i, join in enumerate(JOINS)))
    methods = sorted(set(unknown.methods[unknown.methods != ""]))
    head = fit(known)
    seen = dict(zip(methods, by_method(scores(head, unknown), unknown, methods), strict=True))
    held: dict[str, float] = {}
    for fold in range(FOLDS):
        out = methods[fold::FOLDS]
        forged = scores(fit(known.where(~np.isin(known.methods, out))), unknown)
        held |= dict(zip(out, by_method(forged, unknown, out), strict=True))
    print("| method | forged faces | AUC, seen | AUC, held out |\n|---|--:|--:|--:|")
    for method in methods:
        count = int((unknown.methods == method).sum())
        print(f"| `{method}` | {count} | {seen[method]:.2f} | {held[method]:.2f} |")
    weights = [int((unknown.methods == method).sum()) for method in methods]
    means = [np.average([found[m] for m in methods], weights=weights) for found in (seen, held)]
    print(f"| all, weighted | {sum(weights)} | {means[0]:.2f} | {means[1]:.2f} |")


JOINS = (torch.cat, torch.cat, np.concatenate)

if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
