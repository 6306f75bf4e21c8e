"""What an attack and a validation by losses leave out of training mode."""

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.adversarial.gradients import attackable
from manyfaces.benchmark.baselines.frozen import DRAWN, NOISY, Drawing, losing
from manyfaces.benchmark.baselines.table import BASELINES
from torch import nn

FACE_LEVEL = [row for row in BASELINES.values() if row.face_level]
SMALL = {
    "mesonet": {"side": 32},
    "capsule": {"side": 32, "channels": 8, "dropout": 0.5},
    "multitask": {"side": 64},
}


def target(labels):
    """Faces side by side in a picture of 40 x 200."""
    boxes = torch.tensor([[10.0 + 20 * n, 10, 26 + 20 * n, 30] for n in range(len(labels))])
    masks = torch.zeros(len(labels), 40, 200, dtype=torch.uint8)
    return {"boxes": boxes, "labels": torch.tensor(labels), "masks": masks}


def built(row, **values):
    torch.manual_seed(0)
    return row.build(row.parameters(**SMALL[row.name], **values))


def test_only_the_kinds_that_are_asked_for_are_frozen_and_modes_come_back():
    network = nn.Sequential(nn.Linear(1, 1), nn.Dropout(), nn.BatchNorm1d(1), Drawing()).eval()
    network[0].train()
    with losing(network, NOISY):
        assert [module.training for module in network] == [True, False, False, True]
    with losing(network, (*NOISY, *DRAWN)):
        assert [module.training for module in network] == [True, False, False, False]
    with pytest.raises(KeyError), losing(network, ()):
        raise KeyError
    assert [module.training for module in network] == [True, False, False, False]
    assert not network.training


@pytest.mark.parametrize("row", FACE_LEVEL, ids=lambda row: row.name)
def test_an_attack_sees_every_true_face_as_it_stands_and_nothing_at_random(row):
    network = built(row, balanced=True)
    image, truth = torch.rand(3, 40, 200) * 255, target([0] * 8 + [1])
    pixels = image.requires_grad_()
    with attackable(network, 0):
        found = [sum(network.attack_losses([pixels], [truth]).values()) for _ in range(3)]
    assert found[0] == found[1] == found[2]
    slopes = torch.autograd.grad(found[0], [pixels])[0].abs().sum(0)
    for x0, y0, x1, y1 in truth["boxes"].int().tolist():
        assert slopes[y0:y1, x0:x1].any()


@pytest.mark.parametrize("row", FACE_LEVEL, ids=lambda row: row.name)
def test_a_validation_by_losses_hears_no_noise(row):
    network = built(row)
    faces, labels = torch.rand(4, 3, network.side, network.side) * 255, torch.tensor([0, 1, 0, 1])
    regions = torch.ones(4, network.side, network.side)

    def loss():
        return sum(network.face_losses(faces, labels, lambda: regions).values())

    with losing(network, NOISY), torch.no_grad():
        assert loss() == loss()
