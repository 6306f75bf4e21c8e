"""Attacks on a network that has learned the tiny dataset; the verb, end to end."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations.dataset import open_split
from manyfaces.benchmark.adversarial.attacks import ATTACKS
from manyfaces.benchmark.adversarial.gradients import attackable, attacked_loss, gradient_of
from manyfaces.benchmark.adversarial.track import KINDS, AttackTrack, Threat
from manyfaces.benchmark.baselines.network import to_target, to_tensor
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.data import read_sample
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_json
from typer.testing import CliRunner

ROW = BASELINES["mask-rcnn-small"]
SMALL = {"side": 128, "channels": 16, "crop": 16}


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def run(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("attacked") / "run"
    asked = TrainingParameters(steps=60, learning_rate=3e-3, device="cpu")
    train(ROW, tiny_dataset, out, parameters=ROW.parameters(**SMALL), training=asked)
    return out


@pytest.fixture(scope="module")
def network(run):
    from manyfaces.benchmark.detectors import load_network

    return load_network(run, "cpu")


@pytest.fixture(scope="module")
def sample(tiny_dataset):
    return read_sample(tiny_dataset, open_split(tiny_dataset, "train").images[0])


def loss_of(network, sample, image, against=KINDS):
    with attackable(network, 1):
        target = to_target(sample.truth)
        pixels = to_tensor(image).float()
        return attacked_loss(network, pixels, target, against).item()


def track(network, name="mi-fgsm", bound=8, against=KINDS):
    return AttackTrack(Threat(ATTACKS[name], bound, against), network, {"name": "tiny"})


@pytest.mark.parametrize("against", [("label",), ("box",), ("mask",), KINDS], ids="+".join)
def test_an_attack_raises_the_losses_that_it_is_against(network, sample, against):
    shown = track(network, against=against).apply(sample.image, 1, sample.truth)
    assert np.abs(shown.image.astype(int) - sample.image).max() <= 8
    before = loss_of(network, sample, sample.image, against)
    assert loss_of(network, sample, shown.image, against) > 1.2 * before


def test_the_same_picture_gets_the_same_bytes_and_the_network_stays(network, sample):
    network.eval()
    state = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    first, second = (track(network).apply(sample.image, 1, sample.truth) for _ in range(2))
    assert (first.image == second.image).all()
    assert first.record == second.record
    assert not any(module.training for module in network.modules())
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert all(value.grad is None for value in network.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_bytes_and_floats_give_the_same_losses(network, sample):
    with attackable(network, 1):
        first = network.losses([to_tensor(sample.image)], [to_target(sample.truth)])
    with attackable(network, 1):
        second = network.losses([to_tensor(sample.image).float()], [to_target(sample.truth)])
    assert {k: v.item() for k, v in first.items()} == {k: v.item() for k, v in second.items()}
    with attackable(network, 1):
        slope = gradient_of(network, sample.truth, KINDS)(sample.image.astype(np.float32))
    assert (slope != 0).any()


def test_each_loss_is_of_a_kind(network, sample):
    with attackable(network, 1):
        names = list(network.losses([to_tensor(sample.image)], [to_target(sample.truth)]))
    assert {network.loss_kind(name) for name in names} == {"label", "box", "mask"}


@pytest.mark.parametrize(("bound", "against"), [(0, KINDS), (200, KINDS), (8, ()), (8, ("x",))])
def test_impossible_attacks_are_refused(bound, against):
    with pytest.raises(UsageError):
        Threat(ATTACKS["fgsm"], bound, against)


def test_the_verb_gives_a_matrix_and_finishes_what_it_began(run, tiny_dataset, tmp_path):
    from manyfaces.cli.attack import app

    arguments = [
        str(run), "--data", str(tiny_dataset), "--out", str(tmp_path / "out"),
        "--bounds", "2,16", "--device", "cpu", "--json",
    ]  # fmt: skip
    first = CliRunner().invoke(app, arguments)
    assert first.exit_code == 0, first.output
    record = read_json(next((tmp_path / "out").glob("*.json")))
    cells = {cell["track"]: cell["numbers"] for cell in record["cells"]}
    clean, hard = (cells["mi-fgsm-16of255"]["mask AP"][key] for key in ("clean", "value"))
    assert hard <= clean / 2
    page = (tmp_path / "out" / "report.html").read_text()
    assert "mi-fgsm-16of255" in page
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("clean.json")}
    assert stamps
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_what_has_no_gradient_cannot_be_attacked(tiny_dataset, tmp_path):
    from manyfaces.cli.attack import app

    (tmp_path / "p.json").write_text("[]")
    done = CliRunner().invoke(
        app, [str(tmp_path / "p.json"), "--data", str(tiny_dataset), "--out", str(tmp_path / "o")]
    )
    assert isinstance(done.exception, UsageError)
