"""Scoring from files against pycocotools and faster-coco-eval, in one run.

5,000 images of 683 × 1024, drawn from a seed. Nothing is asserted about time here: `make
bench` prints the table, and the medians go into docs/metrics.md.
"""

import contextlib
import io
import resource

import crowd
import pytest
from faster_coco_eval import COCO as FasterCOCO
from faster_coco_eval import COCOeval_faster
from manyfaces.benchmark.scoring import coco_numbers, score_files
from manyfaces.benchmark.scoring.files import compare_files
from manyfaces.benchmark.scoring.score import Sampling, score_comparison
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

IMAGES = 5000
MANY = 45_000  # the size of OpenForensics' Test-Challenge
GIGABYTE = 2**20  # in kilobytes, as the system reports


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return crowd.write(tmp_path_factory.mktemp("crowd"), IMAGES)


def reference(coco_class, evaluator, truth, predictions):
    """The twelve numbers for boxes and masks, from files, as these programs are used."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_class(str(truth))
        for kind in ("bbox", "segm"):
            evaluation = evaluator(coco, coco.loadRes(str(predictions)), kind)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
    return evaluation.stats[0]


@pytest.mark.benchmark(group="load + COCO's twelve numbers, boxes and masks")
def test_twelve_manyfaces(benchmark, files):
    truth, predictions = files
    numbers = benchmark.pedantic(coco_numbers, (predictions, truth), rounds=5, warmup_rounds=1)
    assert numbers["mask"]["AP"] > 0


@pytest.mark.benchmark(group="load + COCO's twelve numbers, boxes and masks")
def test_twelve_faster_coco_eval(benchmark, files):
    found = benchmark.pedantic(
        reference, (FasterCOCO, COCOeval_faster, *files), rounds=3, warmup_rounds=1
    )
    assert found == pytest.approx(coco_numbers(*files[::-1])["mask"]["AP"], abs=1e-9)


@pytest.mark.benchmark(group="load + COCO's twelve numbers, boxes and masks")
def test_twelve_pycocotools(benchmark, files):
    found = benchmark.pedantic(reference, (COCO, COCOeval, *files), rounds=1)
    assert found == pytest.approx(coco_numbers(*files[::-1])["mask"]["AP"], abs=1e-9)


@pytest.mark.benchmark(group="everything, with intervals of 1,000 draws")
def test_everything_manyfaces(benchmark, files):
    truth, predictions = files
    benchmark.pedantic(score_files, (predictions, truth), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="scoring, and the bootstrap alone")
def test_scoring_without_intervals(benchmark, files):
    truth, predictions = files
    none = Sampling(draws=0)
    benchmark.pedantic(
        lambda: score_files(predictions, truth, sampling=none), rounds=3, warmup_rounds=1
    )


@pytest.mark.benchmark(group="scoring, and the bootstrap alone")
def test_the_bootstrap_alone(benchmark, files):
    from manyfaces.benchmark.scoring.bootstrap import bootstrap
    from manyfaces.benchmark.scoring.score import headline

    truth, predictions = files
    comparison = compare_files(predictions, truth)
    values = headline(score_comparison(comparison).rows)
    benchmark.pedantic(bootstrap, (comparison, values), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="everything, 45,000 images")
def test_many_images(benchmark, tmp_path_factory):
    truth, predictions = crowd.write(tmp_path_factory.mktemp("many"), MANY)
    benchmark.pedantic(score_files, (predictions, truth), rounds=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIGABYTE
    # Of the whole process, which has drawn the faces and run the references before.
    benchmark.extra_info["peak memory, GiB"] = round(peak, 2)
    print(f"\n{MANY} images: peak memory of the process {peak:.2f} GiB")
