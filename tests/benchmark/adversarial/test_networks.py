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

pytestmark = pytest.mark.usefixtures("one_thread")

ROW = BASELINES["mask-rcnn-small"]
SMALL = {"side": 128, "channels": 16, "crop": 16}


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


@pytest.fixture(scope="module")
def other(run, tiny_dataset, tmp_path_factory):
    """A run of other weights, to transfer to."""
    out = tmp_path_factory.mktemp("attacked") / "other"
    asked = TrainingParameters(steps=60, learning_rate=3e-3, device="cpu", seed=5)
    train(ROW, tiny_dataset, out, parameters=ROW.parameters(**SMALL), training=asked)
    return out


def attack(*arguments):
    from manyfaces.cli.attack import app

    done = CliRunner().invoke(app, [str(part) for part in arguments])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def attacked(run, other, tiny_dataset, tmp_path_factory):
    """What the verb was called with, and the folder that it filled."""
    out = tmp_path_factory.mktemp("attacks") / "out"
    arguments = (
        run, "--transfer", other, "--data", tiny_dataset, "--out", out, "--bounds", "8,16",
        "--device", "cpu", "--json",
    )  # fmt: skip
    attack(*arguments)
    return arguments, out


def cells_of(out):
    report = read_json(out / "report.json")
    assert report["attacked"] == ["run"]
    assert report["scored"] == ["run", "other"]
    return {(cell["track"], cell["scored"]): cell for cell in report["cells"]}


def test_white_box_loses_half_and_more_than_transfer_does(attacked):
    cells = cells_of(attacked[1])
    assert len(cells) == 4
    for (track, scored), cell in cells.items():
        assert cell["white_box"] == (scored == "run"), track
    own, elsewhere = (cells["mi-fgsm-16of255", name]["numbers"] for name in ("run", "other"))
    assert own["mask AP"]["value"] <= own["mask AP"]["clean"] / 2
    assert own["mask AP"]["share"] >= elsewhere["mask AP"]["share"]
    page = (attacked[1] / "report.html").read_text()
    assert "mi-fgsm-16of255" in page
    assert "other" in page


def test_a_cells_clean_number_is_what_evaluating_gives(attacked, other, tiny_dataset):
    from manyfaces.benchmark.detectors import load_detector
    from manyfaces.benchmark.evaluation import evaluate

    _, out = attacked
    alone = evaluate(load_detector(str(other), device="cpu"), tiny_dataset, out.with_name("alone"))
    clean = cells_of(out)["mi-fgsm-8of255", "other"]["numbers"]["box AP"]["clean"]
    assert clean == alone.value("AP", track="clean", task="box", class_="all")


def test_what_was_interrupted_goes_on_and_nothing_finished_is_done_again(attacked):
    arguments, out = attacked
    before = cells_of(out)
    lost = out / "attacked" / "run" / "other" / "tracks" / "mi-fgsm-16of255.json"
    lost.unlink()
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("tracks/*.json")}
    assert len(kept) == 5
    attack(*arguments)
    assert lost.is_file()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    numbers = {place: cell["numbers"] for place, cell in cells_of(out).items()}
    assert numbers == {place: cell["numbers"] for place, cell in before.items()}


@pytest.fixture(scope="module")
def judge(tiny_dataset, tmp_path_factory):
    """A run of a baseline that finds no faces."""
    out = tmp_path_factory.mktemp("attacked") / "judge"
    row = BASELINES["mesonet"]
    asked = TrainingParameters(steps=20, learning_rate=3e-3, device="cpu")
    train(row, tiny_dataset, out, parameters=row.parameters(side=64), training=asked)
    return out


def test_what_judges_faces_is_attacked_on_those_that_a_finder_finds(
    judge, run, tiny_dataset, tmp_path
):
    out = tmp_path / "out"
    attack(judge, run, "--faces", run, "--data", tiny_dataset, "--out", out, "--bounds", "8",
           "--device", "cpu")  # fmt: skip
    report = read_json(out / "report.json")
    assert report["attacked"] == report["scored"] == ["judge", "run"]
    models = report["about"]["models"]
    assert models["judge"]["faces"]["sha256"] == models["run"]["sha256"]
    assert "faces" not in models["run"]
    found = {cell["scored"]: cell["numbers"]["faces found AP50"] for cell in report["cells"]}
    assert found["judge"]["clean"] == pytest.approx(found["run"]["clean"], abs=0.05)


def test_a_finder_that_nobody_needs_is_refused(run, tiny_dataset, tmp_path):
    from manyfaces.cli.attack import app

    arguments = [run, "--faces", run, "--data", tiny_dataset, "--out", tmp_path / "o"]
    done = CliRunner().invoke(app, [str(part) for part in arguments])
    assert isinstance(done.exception, UsageError)
    assert "--faces" in str(done.exception)


def test_a_set_of_universal_perturbations_is_made_and_shown_by_its_file(
    run, tiny_dataset, tmp_path
):
    from manyfaces.benchmark.tracks import get_tracks

    file = tmp_path / "set.npz"
    attack("universal", run, "--data", tiny_dataset, "--out", file, "--bounds", "4,8",
           "--steps", "4", "--side", "32", "--device", "cpu")  # fmt: skip
    tracks = get_tracks(["clean", str(file)])
    assert [track.name for track in tracks] == [
        "clean", "universal-4of255", "universal-8of255"
    ]  # fmt: skip
    image = np.full((40, 50, 3), 128, np.uint8)
    shown = tracks[2].apply(image, 1)
    assert np.abs(shown.image.astype(int) - 128).max() == shown.record["strength"] <= 8


def test_what_has_no_gradient_cannot_be_attacked(tiny_dataset, tmp_path):
    from manyfaces.cli.attack import app

    (tmp_path / "p.json").write_text("[]")
    done = CliRunner().invoke(
        app, [str(tmp_path / "p.json"), "--data", str(tiny_dataset), "--out", str(tmp_path / "o")]
    )
    assert isinstance(done.exception, UsageError)
