import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.mask_rcnn_small import MaskRcnnSmall
from manyfaces.benchmark.baselines.parameters import MaskRcnnSmallParameters
from manyfaces.benchmark.baselines.resizing import LongSide


@pytest.fixture
def scene():
    """A 120 x 200 picture whose pixels tell where they are, and one face in it."""
    rows, columns = torch.meshgrid(torch.arange(120), torch.arange(200), indexing="ij")
    image = torch.stack([rows, columns, rows * 0]).float()
    mask = torch.zeros(1, 120, 200, dtype=torch.uint8)
    mask[0, 40:80, 150:180] = 1
    target = {
        "boxes": torch.tensor([[150.0, 40, 180, 80]]),
        "labels": torch.ones(1, dtype=torch.int64),
        "masks": mask,
    }
    return image, target


def test_a_window_shows_the_picture_and_moves_its_faces_along(scene):
    torch.manual_seed(0)
    image, target = scene
    shrink = LongSide(200, 0.0, window=64).train()
    seen = 0
    for _ in range(40):
        part, found = shrink.resize(image, dict(target))
        assert part.shape == (3, 64, 64)
        top, left = part[0, 0, 0], part[1, 0, 0]
        expected = image[:, int(top) : int(top) + 64, int(left) : int(left) + 64]
        assert torch.equal(part, expected)
        assert len(found["boxes"]) == len(found["labels"]) == len(found["masks"])
        for box, mask in zip(found["boxes"], found["masks"], strict=True):
            seen += 1
            on = mask.nonzero()
            (y0, x0), (y1, x1) = on.amin(0), on.amax(0) + 1
            assert torch.equal(box, torch.stack([x0, y0, x1, y1]).float())
    assert seen > 20


def test_faces_that_are_mostly_outside_are_left_out(scene):
    torch.manual_seed(0)
    image, target = scene
    target["boxes"] = torch.tensor([[150.0, 40, 180, 80], [0.0, 0, 199, 119]])
    target["labels"] = torch.ones(2, dtype=torch.int64)
    target["masks"] = target["masks"].repeat(2, 1, 1)
    shrink = LongSide(200, 0.0, window=32).train()
    for _ in range(20):
        _, found = shrink.resize(image, dict(target))
        assert len(found["boxes"]) <= 1  # 32 pixels hold no third of the large one


def test_a_window_larger_than_the_picture_is_the_picture(scene):
    image, target = scene
    part, found = LongSide(100, 0.0, window=128).train().resize(image, dict(target))
    assert part.shape == (3, 60, 100)
    assert found["boxes"].tolist() == [[75, 20, 90, 40]]


def test_predictions_see_the_whole_picture(scene):
    image, _ = scene
    assert LongSide(100, 0.5, window=32).eval().resize(image)[0].shape == (3, 60, 100)


@pytest.mark.parametrize(("trained", "other"), [("finder", "forensic"), ("forensic", "finder")])
def test_one_part_can_be_trained_alone(scene, trained, other):
    image, target = scene
    parameters = MaskRcnnSmallParameters(side=128, channels=16, crop=16, trained=trained)
    network = MaskRcnnSmall(parameters).train()
    sum(network.losses([image.byte()], [target]).values()).backward()
    assert all(value.grad is None for value in getattr(network, other).parameters())
    assert all(value.grad is not None for value in getattr(network, trained).parameters())
