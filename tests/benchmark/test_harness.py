import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import read_predictions, write_predictions
from manyfaces.benchmark.detectors import LoadedDetector, PredictionsDetector, load_detector
from manyfaces.benchmark.evaluation import RESULT, Options, evaluate
from manyfaces.benchmark.harness import TrackData, run_track
from manyfaces.benchmark.results import read_result
from manyfaces.benchmark.scoring import score, score_files
from manyfaces.benchmark.scoring.score import WITH_INTERVALS
from manyfaces.benchmark.tracks import get_track
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_json, write_json

CPU = Options(device="cpu")
PERTURBED = "color-5"


def perfect(dataset, split="test"):
    return {
        image.id: Instances(
            image.size,
            image.instances.boxes,
            image.instances.labels,
            image.instances.masks,
            np.linspace(0.9, 0.5, len(image.instances)),
        )
        for image in open_split(dataset, split).images
    }


class Counting:
    """A detector that answers from a table, remembers, and fails where it is told to."""

    def __init__(self, predictions, fail_at=None):
        self.inner, self.seen, self.fail_at = PredictionsDetector(predictions), [], fail_at

    def predict(self, images, image_ids):
        if len(self.seen) == self.fail_at:
            raise RuntimeError("the lights went out")
        self.seen += zip([image.copy() for image in images], image_ids, strict=True)
        return self.inner.predict(images, image_ids)


def loaded(detector, **identity):
    return LoadedDetector("counting", detector, {"kind": "object", **identity})


def shaken(dataset, split="test"):
    """Predictions that are neither perfect nor hopeless."""
    rng = np.random.default_rng(4)
    return {
        key: Instances(
            found.size,
            np.clip(found.boxes + rng.normal(0, 2, found.boxes.shape), 0, None),
            rng.integers(0, 2, len(found)),
            found.masks,
            rng.uniform(0, 1, len(found)),
        )
        for key, found in perfect(dataset, split).items()
    }


def test_a_perfect_predictions_file_reaches_one_on_clean(tiny_dataset, tmp_path):
    write_predictions(tmp_path / "p.json", perfect(tiny_dataset))
    sizes = {image.id: image.size for image in open_split(tiny_dataset, "test").images}
    detector = load_detector(str(tmp_path / "p.json"), sizes)
    result = evaluate(detector, tiny_dataset, tmp_path / "out", options=CPU)
    for task in ("box", "mask"):
        assert result.value("AP", task=task, class_="all", track="clean") == pytest.approx(1)
        assert result.value("oLRP", task=task, class_="all", track="clean") == pytest.approx(0)


def test_a_predictions_file_is_not_scored_on_pictures_it_was_not_made_on(tiny_dataset, tmp_path):
    out, answers = tmp_path / "out", PredictionsDetector(perfect(tiny_dataset))
    file = loaded(answers, kind="predictions")
    route = r"fog-3.*perturb .* --split test --track fog-3.*score"
    with pytest.raises(UsageError, match=route):
        evaluate(file, tiny_dataset, out, ("clean", "fog-3"), options=CPU)
    assert not out.exists()
    # What was scored so before stays out of the result.
    evaluate(file, tiny_dataset, out, options=CPU)
    scores = read_json(out / "tracks" / "clean.json")
    write_json(out / "tracks" / "mine.json", scores)
    shutil.copy(out / "predictions" / "clean.json", out / "predictions" / "mine.json")
    found = evaluate(file, tiny_dataset, out, options=CPU)
    assert "track/mine" not in found.hashes


def test_the_harness_scores_as_the_scoring_function_does(tiny_dataset, tmp_path):
    predictions = shaken(tiny_dataset)
    result = evaluate(
        loaded(PredictionsDetector(predictions)), tiny_dataset, tmp_path / "out", options=CPU
    )
    images = open_split(tiny_dataset, "test").images
    expected = score(
        [image.instances for image in images],
        [predictions[image.id] for image in images],
        sampling=WITH_INTERVALS,
    )
    assert list(result.scores) == expected
    assert 0 < result.value("AP", task="box", class_="any", track="clean") < 1


def test_intervals_draw_photographs_where_pictures_name_them(tiny_dataset, tmp_path):
    shutil.copytree(tiny_dataset, tmp_path / "D")
    truth = tmp_path / "D/annotations/train.json"
    rows = read_json(truth)
    for row, source in zip(rows["images"], "aabbc", strict=True):
        row["source"] = source
    write_json(truth, rows)
    detector = loaded(PredictionsDetector(shaken(tiny_dataset, "train")))
    found = {}
    for data in (tiny_dataset, tmp_path / "D"):
        out = tmp_path / f"out-{data.name}"
        found[data.name] = evaluate(detector, data, out, split="train", options=CPU)
    expected = score_files(tmp_path / "out-D/predictions/clean.json", truth)
    assert found["D"].scores == expected.scores
    assert found["D"].scores != found[tiny_dataset.name].scores


def test_the_predictions_written_are_those_made(tiny_dataset, tmp_path):
    predictions = shaken(tiny_dataset)
    evaluate(loaded(PredictionsDetector(predictions)), tiny_dataset, tmp_path / "out", options=CPU)
    sizes = {key: found.size for key, found in predictions.items()}
    written = read_predictions(tmp_path / "out" / "predictions" / "clean.json", sizes)
    for key, found in predictions.items():
        assert written[key].boxes == pytest.approx(found.boxes)
        assert (written[key].scores == found.scores).all()
        assert written[key].masks == found.masks


def test_a_track_shows_its_pictures_and_clean_shows_the_files(tiny_dataset, tmp_path):
    detector = Counting(perfect(tiny_dataset))
    result = evaluate(
        loaded(detector), tiny_dataset, tmp_path / "out", ("clean", PERTURBED), options=CPU
    )
    assert {row.track for row in result.scores} == {"clean", PERTURBED}
    clean, perturbed = detector.seen[:3], detector.seen[3:]
    assert [key for _, key in clean] == [key for _, key in perturbed]
    track = get_track(PERTURBED)
    for (before, key), (after, _) in zip(clean, perturbed, strict=True):
        assert (after == track.apply(before, key).image).all()
    assert any((a[0] != b[0]).any() for a, b in zip(clean, perturbed, strict=True))


def test_batches_and_workers_change_nothing(tiny_dataset):
    images = open_split(tiny_dataset, "test").images
    data = TrackData(tiny_dataset, images, get_track(PERTURBED))
    alone, many = Counting(perfect(tiny_dataset)), Counting(perfect(tiny_dataset))
    run_track(alone, data, device="cpu")
    answers, seconds = run_track(many, data, batch_size=2, workers=1, device="cpu")
    assert list(answers) == sorted(image.id for image in images)
    assert seconds > 0
    for (first, key), (second, other) in zip(alone.seen, many.seen, strict=True):
        assert key == other
        assert (first == second).all()


def test_finished_tracks_are_not_run_again(tiny_dataset, tmp_path):
    tracks = ("clean", PERTURBED)
    broken = Counting(perfect(tiny_dataset), fail_at=4)
    with pytest.raises(RuntimeError, match="lights"):
        evaluate(loaded(broken), tiny_dataset, tmp_path / "out", tracks, options=CPU)
    assert not (tmp_path / "out" / RESULT).exists()
    again = Counting(perfect(tiny_dataset))
    resumed = evaluate(loaded(again), tiny_dataset, tmp_path / "out", tracks, options=CPU)
    assert len(again.seen) == 3, "only the unfinished track is run"
    whole = evaluate(
        loaded(Counting(perfect(tiny_dataset))), tiny_dataset, tmp_path / "w", tracks, options=CPU
    )
    assert resumed.scores == whole.scores
    assert resumed.hashes == whole.hashes
    assert read_result(tmp_path / "out" / RESULT) == resumed


def test_tracks_asked_for_one_after_the_other_stand_in_one_result(tiny_dataset, tmp_path):
    out = tmp_path / "out"
    for names in (("clean", "fog-1"), (PERTURBED,), ("clean",)):
        detector = loaded(Counting(perfect(tiny_dataset)))
        found = evaluate(detector, tiny_dataset, out, names, options=CPU)
    assert {row.track for row in found.scores} == {"clean", PERTURBED, "fog-1"}
    assert read_result(out / RESULT) == found
    # What no longer is what it says is left out: predictions touched, pictures made otherwise.
    (out / "predictions" / "fog-1.json").write_text("[]")
    track = out / "tracks" / f"{PERTURBED}.json"
    track.write_text(track.read_text().replace(found.hashes[f"track/{PERTURBED}"], "0" * 64))
    found = evaluate(detector, tiny_dataset, out, ("clean",), options=CPU)
    assert {row.track for row in found.scores} == {"clean"}


class Bar:
    """A progress that remembers how far it came."""

    def __init__(self):
        self.total, self.done, self.closed = None, 0, False

    def __call__(self, items, *, total, what):  # noqa: ARG002 - the signature of every progress
        self.total = total
        try:
            for item in items:
                yield item
                self.done += 1
        finally:
            self.closed = True


def test_one_bar_counts_the_pictures_of_all_tracks_and_is_closed(tiny_dataset, tmp_path):
    count = len(open_split(tiny_dataset, "test").images)
    tracks = ("clean", PERTURBED, "fog-1")
    bars = Bar(), Bar()
    for bar, fail_at in zip(bars, (count + 1, None), strict=True):
        detector = loaded(Counting(perfect(tiny_dataset), fail_at=fail_at))
        options = Options(device="cpu", progress=bar)
        try:
            evaluate(detector, tiny_dataset, tmp_path / "out", tracks, options=options)
        except RuntimeError:
            assert bar is bars[0]
    assert [bar.total for bar in bars] == [3 * count] * 2
    assert count <= bars[0].done < 3 * count
    assert bars[1].done == 3 * count
    assert all(bar.closed for bar in bars)


def test_a_set_and_a_file_of_tracks_are_evaluated(tiny_dataset, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("tracks: [{name: dusk, steps: [{operators: [night, jpeg], severity: [1, 2]}]}]")
    detector = loaded(Counting(perfect(tiny_dataset)))
    names = ("worst", str(mine))
    result = evaluate(detector, tiny_dataset, tmp_path / "out", names, options=CPU)
    shown = {score.track for score in result.scores}
    assert {"clean", "everyday-5", "challenge", "social", "dusk"} <= shown
    assert len(shown) == 11


def test_predictions_that_were_touched_are_made_again(tiny_dataset, tmp_path):
    out = tmp_path / "out"
    evaluate(loaded(Counting(perfect(tiny_dataset))), tiny_dataset, out, options=CPU)
    (out / "predictions" / "clean.json").write_text("[]")
    again = Counting(perfect(tiny_dataset))
    result = evaluate(loaded(again), tiny_dataset, out, options=CPU)
    assert len(again.seen) == 3
    assert result.value("AP", task="box", class_="all") == pytest.approx(1)


def test_a_folder_with_another_detectors_evaluation_is_refused(tiny_dataset, tmp_path):
    out = tmp_path / "out"
    evaluate(loaded(Counting(perfect(tiny_dataset))), tiny_dataset, out, options=CPU)
    with pytest.raises(UsageError, match="another detector"):
        evaluate(loaded(Counting({}), seed=1), tiny_dataset, out, options=CPU)
    many = {"parameters": {"seed": 1, "side": 64}}
    evaluate(loaded(Counting({}), **many), tiny_dataset, tmp_path / "many", options=CPU)
    many = {"parameters": {"seed": 2, "side": 64}}
    only = r"\(got parameters\.seed 1, expected parameters\.seed 2\)"
    with pytest.raises(UsageError, match=only):
        evaluate(loaded(Counting({}), **many), tiny_dataset, tmp_path / "many", options=CPU)
    with pytest.raises(UsageError, match="another truth"):
        evaluate(loaded(Counting({})), tiny_dataset, out, split="train", options=CPU)


@pytest.mark.parametrize("wrong", [{"tracks": ("cleen",)}, {"split": "dev"}], ids=str)
def test_unknown_tracks_and_splits_are_refused_before_anything_is_written(
    tiny_dataset, tmp_path, wrong
):
    with pytest.raises(UsageError):
        evaluate(loaded(Counting({})), tiny_dataset, tmp_path / "out", **wrong, options=CPU)
    assert not (tmp_path / "out").exists()


def test_the_result_says_what_was_evaluated(tiny_dataset, tmp_path):
    result = evaluate(loaded(PredictionsDetector({})), tiny_dataset, tmp_path / "out", options=CPU)
    assert result.about["detector"] == "counting"
    assert result.about["split"] == "test"
    assert result.about["images"] == 3
    assert result.about["seconds_per_image"]["clean"] >= 0
    assert {"truth", "detector", "protocol", "predictions", "predictions/clean"} <= set(
        result.hashes
    )


class Halves(torch.nn.Linear):
    """A network that remembers in which precision it multiplied."""

    def __init__(self):
        super().__init__(2, 2)
        self.types = set()

    def predict(self, images, image_ids):  # noqa: ARG002 - the protocol names them
        self.types.add(self(torch.ones(1, 2)).dtype)
        return [Instances.empty(image.shape[:2], scored=True) for image in images]


def test_a_network_computes_in_the_precision_that_is_asked_for_and_on_record(
    tiny_dataset, tmp_path
):
    found = {}
    for precision, kind in (("32", torch.float32), ("bf16", torch.bfloat16)):
        options = Options(device="cpu", precision=precision)
        network = Halves()
        out = tmp_path / precision
        found[precision] = evaluate(loaded(network), tiny_dataset, out, options=options)
        assert network.types == {kind}
    assert "precision" not in found["32"].about["identity"]
    assert found["bf16"].about["identity"]["precision"] == "bf16"
    with pytest.raises(UsageError, match="another detector") as refused:
        evaluate(loaded(Halves()), tiny_dataset, tmp_path / "bf16", options=CPU)
    assert "(got precision bf16, expected precision None)" in str(refused.value)


def test_a_network_is_evaluated_as_it_predicts(tiny_dataset, tmp_path):
    from manyfaces.benchmark.baselines.table import BASELINES
    from manyfaces.benchmark.data import read_sample
    from manyfaces.benchmark.training import build_network

    row = BASELINES["mask-rcnn-small"]
    network = build_network(row, row.parameters(side=64, channels=16, crop=16), seed=0).eval()
    images = open_split(tiny_dataset, "test").images
    data = TrackData(tiny_dataset, images, get_track("clean"))
    answers, _ = run_track(network, data, batch_size=3, device="cpu")
    for image in images:
        sample = read_sample(tiny_dataset, image)
        (found,) = network.predict([sample.image], [image.id])
        assert (answers[image.id][1].boxes == found.boxes).all()
        assert answers[image.id][1].masks == found.masks
