"""Boxes at full precision beside layers in half precision."""

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

import numpy as np
from manyfaces.benchmark.baselines.precise_boxes import PreciseCoder
from manyfaces.benchmark.baselines.table import BASELINES

SHAPES = {
    "mask-rcnn": {"depth": 18, "width": 0.25, "channels": 32, "side": 1024, "jitter": 0},
    "mask-rcnn-small": {"channels": 16, "side": 1024, "jitter": 0, "min_score": 0.0},
}
# Odd numbers above 512: bfloat16 has none.
BOXES = [[701.0, 403, 733, 441], [1001, 201, 1019, 223]]


@pytest.fixture(params=sorted(SHAPES))
def network(request):
    torch.manual_seed(0)
    row = BASELINES[request.param]
    return row.build(row.parameters(**SHAPES[request.param]))


def test_what_is_learned_are_the_true_boxes(network, monkeypatch):
    learned = set()
    encode = PreciseCoder.encode

    def spy(coder, true, proposed):
        learned.update(tuple(row) for part in true for row in part.tolist())
        assert {part.dtype for part in (*true, *proposed)} == {torch.float32}
        return encode(coder, true, proposed)

    monkeypatch.setattr(PreciseCoder, "encode", spy)
    masks = torch.zeros(2, 600, 1024, dtype=torch.uint8)
    for mask, (x0, y0, x1, y1) in zip(masks, BOXES, strict=True):
        mask[int(y0) : int(y1), int(x0) : int(x1)] = 1
    target = {"boxes": torch.tensor(BOXES), "labels": torch.tensor([0, 1]), "masks": masks}
    with torch.autocast("cpu", torch.bfloat16):
        losses = network.train().losses([torch.rand(3, 600, 1024) * 255], [target])
    sum(losses.values()).backward()
    assert {tuple(box) for box in BOXES} <= learned


def test_what_is_answered_is_not_rounded(network):
    image = np.random.default_rng(0).integers(0, 256, (600, 1024, 3), dtype=np.uint8)
    with torch.autocast("cpu", torch.bfloat16):
        (found,) = network.predict([image], [1])
    assert len(found)
    rounded = torch.tensor(found.boxes).bfloat16().double().numpy()
    assert (rounded != found.boxes).mean() > 0.5
