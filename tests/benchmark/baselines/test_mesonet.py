import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.mesonet import Inception, MesoNet
from manyfaces.benchmark.baselines.table import BASELINES

ROW = BASELINES["mesonet"]


@pytest.mark.parametrize(("variant", "published"), [("meso4", 27_977), ("inception4", 28_615)])
def test_it_is_as_large_as_published(variant, published):
    network = MesoNet(ROW.parameters(variant=variant))
    assert sum(value.numel() for value in network.parameters()) == published


def test_a_face_of_256_pixels_becomes_16_maps_of_8():
    features = MesoNet(ROW.parameters()).eval().features(torch.zeros(1, 3, 256, 256))
    assert features.shape == (1, 16, 8, 8)


def test_the_branches_see_as_far_as_their_dilation():
    block = Inception(1, (1, 1, 1, 1))
    for value in block.parameters():
        torch.nn.init.ones_(value)
    point = torch.zeros(1, 1, 9, 9)
    seen = block(point)[0]
    point[0, 0, 4, 4] = 1
    changed = (block(point)[0] - seen).abs() > 0.5
    columns = [maps.any(0).nonzero().flatten().tolist() for maps in changed]
    assert columns == [[4], [3, 4, 5], [2, 4, 6], [1, 4, 7]]


def test_the_loss_is_the_squared_error():
    network = MesoNet(ROW.parameters(side=32)).eval()
    faces = torch.rand(2, 3, 32, 32) * 255
    loss = network.face_losses(faces, torch.tensor([0, 1]), lambda: None)["loss_label"]
    real, fake = network(faces).tolist()
    assert loss.item() == pytest.approx((real**2 + (1 - fake) ** 2) / 2)
