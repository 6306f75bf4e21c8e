import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.capsule import Routing, Statistics, squashed, vgg19_features
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.training import build_network
from manyfaces.core.errors import DataError, UsageError
from torchvision.models import vgg19

ROW = BASELINES["capsule"]


def started(**values):
    return build_network(ROW, ROW.parameters(side=32, channels=8, **values), 0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file with torchvision's names, of a narrow VGG-19."""
    path = tmp_path_factory.mktemp("weights") / "vgg19.pth"
    with torch.random.fork_rng():
        torch.manual_seed(5)
        state = vgg19_features(8).state_dict()
    torch.save({f"features.{name}": value for name, value in state.items()}, path)
    return path


def test_the_features_are_named_and_shaped_as_torchvisions_vgg19():
    with torch.device("meta"):
        published, own = vgg19(weights=None).features, vgg19_features(64)
    shapes = {name: value.shape for name, value in published.state_dict().items()}
    for name, value in own.state_dict().items():
        assert shapes[name] == value.shape


def test_a_vector_of_length_3_is_squashed_to_9_tenths():
    assert squashed(torch.tensor([[0.0, 3.0]])).norm().item() == pytest.approx(0.9, abs=1e-5)


def test_statistics_are_mean_and_deviation_over_the_places():
    found = Statistics()(torch.tensor([1.0, 2, 3, 6]).reshape(1, 1, 2, 2))
    assert found[0, 0].item() == 3
    assert found[0, 1].item() == pytest.approx((14 / 3) ** 0.5, rel=1e-4)


def test_routing_without_weights_sends_nothing():
    routing = Routing(3, 0.0).eval()
    torch.nn.init.zeros_(routing.weight)
    assert not routing(torch.rand(2, 3, 8)).any()


def test_what_is_routed_is_shorter_than_1():
    routed = Routing(3, 0.0).eval()(torch.randn(5, 3, 8) * 100)
    assert routed.shape == (5, 2, 4)
    assert routed.norm(dim=2).max() < 1


def test_given_weights_fill_the_features_alone(weights):
    network, fresh = started(weights=weights), started()
    state = torch.load(weights, weights_only=True)
    for name, value in network.vgg.state_dict().items():
        assert torch.equal(value, state[f"features.{name}"])
    assert torch.equal(network.routing.weight, fresh.routing.weight)


def test_another_file_than_the_one_meant_is_refused(weights):
    with pytest.raises(DataError, match="another file"):
        started(weights=weights, sha256="0" * 64)


def test_weights_of_another_width_are_refused(weights):
    with pytest.raises(DataError, match="do not fit"):
        build_network(ROW, ROW.parameters(side=32, channels=16, weights=weights), 0)


def test_weights_are_never_downloaded(tmp_path):
    with pytest.raises(UsageError, match="never downloaded"):
        started(weights=tmp_path / "none.pth")
