import math

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.multitask import Multitask
from manyfaces.benchmark.baselines.table import BASELINES


@pytest.fixture
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Multitask(BASELINES["multitask"].parameters(side=32)).eval()


def test_the_code_of_a_face_of_256_pixels_is_128_maps_of_16_in_two_halves(network):
    codes, active = network.encode(torch.rand(1, 3, 256, 256))
    assert codes.shape == (1, 2, 64, 16, 16)
    assert active.tolist() == codes.abs().mean(dim=(2, 3, 4)).tolist()


def test_the_decoder_sees_the_chosen_half_alone(network):
    codes, _ = network.encode(torch.rand(1, 3, 32, 32))
    other = codes.clone()
    other[:, 0] += 1
    fake, real = torch.tensor([1]), torch.tensor([0])
    assert torch.equal(network.decode(codes, fake)[0], network.decode(other, fake)[0])
    assert not torch.equal(network.decode(codes, real)[0], network.decode(other, real)[0])


def test_a_real_face_has_no_forged_pixel(network):
    faces = torch.rand(1, 3, 32, 32) * 255
    label = torch.tensor([0])
    whole = network.face_losses(faces, label, lambda: torch.ones(1, 32, 32))
    none = network.face_losses(faces, label, lambda: torch.zeros(1, 32, 32))
    assert whole["loss_segmentation"] == none["loss_segmentation"]


def test_the_activations_are_drawn_to_the_label(network):
    faces = torch.rand(1, 3, 32, 32) * 255
    from manyfaces.benchmark.baselines.face_crops import normalised

    _, active = network.encode(normalised(faces))
    real, fake = active[0].tolist()
    loss = network.face_losses(faces, torch.tensor([1]), lambda: torch.ones(1, 32, 32))
    assert loss["loss_label"].item() == pytest.approx(abs(real) + abs(1 - fake), rel=1e-5)


def test_it_judges_and_segments_at_the_size_of_the_face(network):
    verdict = network.judge(torch.rand(3, 3, 32, 32) * 255)
    assert verdict.fake.shape == (3,)
    assert verdict.regions.shape == (3, 32, 32)
    assert 0 <= verdict.regions.min() <= verdict.regions.max() <= 1


def test_an_attack_on_the_label_raises_an_error_where_training_loss_rises_without_one(
    network, monkeypatch
):
    faces, label = torch.rand(1, 3, 32, 32) * 255, torch.tensor([0])

    def losses_where_real_is_active(value):
        active = torch.tensor([[value, 0.0]])
        codes, _ = network.encode(faces)
        monkeypatch.setattr(network, "encode", lambda _: (codes, active))
        found = [
            losses(faces, label, lambda: torch.ones(1, 32, 32))
            for losses in (network.face_losses, network.face_attack_losses)
        ]
        assert found[0].keys() == found[1].keys()
        return [each["loss_label"].item() for each in found]

    right, surer = losses_where_real_is_active(1.0), losses_where_real_is_active(3.0)
    assert surer[0] > right[0] == 0
    assert surer[1] < right[1] == pytest.approx(math.log(1 + math.exp(-1)))
