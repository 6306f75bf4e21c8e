"""What perturbing costs: each operator, the mixes of OpenForensics' levels, a loader.

The published recipe (imgaug) takes 0.09, 0.15, 0.39 and 0.33 s for a photograph of half a
megapixel at its levels 1 to 4 on one core; it no longer runs beside today's NumPy, so these are
the numbers that it was measured with before.
"""

import time

import cv2
import numpy as np
import pytest
from manyfaces.benchmark.perturbations.equivalents import (
    LIBRARY,
    library_operator,
    own_operator,
)
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.benchmark.tracks import get_track
from manyfaces.core.images import read_image

PUBLISHED = {1: 0.09, 2: 0.15, 3: 0.39, 4: 0.33}  # seconds an image
TIMES_AS_FAST = 3.0
MOST = 0.060  # seconds of one operator for half a megapixel
IMAGES_A_SECOND = 30.0


@pytest.fixture(scope="module")
def photographs(shared):
    """Photographs of half a megapixel."""
    paths = sorted((shared / "photos" / "open").glob("*.jpg"))[::40]
    return [
        cv2.resize(read_image(path), (816, 612), interpolation=cv2.INTER_AREA) for path in paths
    ]


@pytest.fixture(autouse=True)
def one_core():
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_an_operator(benchmark, photographs, name):
    row = PERTURBATIONS[name]
    image = photographs[0]
    params = row.draw(np.random.default_rng(0), 5, image.shape[:2])
    benchmark.group = "one operator at severity 5, half a megapixel"
    benchmark.pedantic(lambda: row.apply(image, params), rounds=5, warmup_rounds=1)
    assert benchmark.stats.stats.median < MOST


@pytest.mark.parametrize("name", LIBRARY)
def test_an_operator_beside_the_library(benchmark, photographs, name):
    """Both sides in one run."""
    image = photographs[0]
    library, own = library_operator(name), own_operator(name)
    started = time.perf_counter()
    library(image)
    seconds = time.perf_counter() - started
    benchmark.group = "ours, beside an operator of the library"
    benchmark.pedantic(lambda: own(image), rounds=5, warmup_rounds=1)
    ratio = seconds / benchmark.stats.stats.median
    benchmark.extra_info["times as fast"] = ratio
    print(f"\n{name}: {1000 * seconds:.0f} ms of the library, {ratio:.1f} times as fast")
    assert ratio > 1


@pytest.mark.parametrize("level", PUBLISHED)
def test_a_level_of_the_published_mix(benchmark, photographs, level):
    track = get_track(f"challenge-level{level}")

    def all_of_them():
        for place in range(60):
            track.apply(photographs[place % len(photographs)], place)

    benchmark.group = "60 pictures at a level of the published mix"
    benchmark.pedantic(all_of_them, rounds=3, warmup_rounds=1)
    seconds = benchmark.stats.stats.median / 60
    benchmark.extra_info["times as fast"] = PUBLISHED[level] / seconds
    print(
        f"\nlevel {level}: {1000 * seconds:.0f} ms, {PUBLISHED[level] / seconds:.1f} times as fast"
    )
    assert PUBLISHED[level] / seconds >= TIMES_AS_FAST


@pytest.mark.parametrize("workers", [1, 2])
def test_a_loader(benchmark, drawn_split, workers):
    """Decoding and perturbing in loader processes: what a detector on a GPU is fed with."""
    from manyfaces.benchmark.data import start_worker
    from manyfaces.benchmark.harness import TrackData
    from torch.utils.data import DataLoader

    root, images = drawn_split
    data = TrackData(root, images * 4, get_track("challenge"))

    def feed():
        loader = DataLoader(
            data, 4, num_workers=workers, collate_fn=list, worker_init_fn=start_worker
        )
        batches = iter(loader)
        next(batches)  # the workers are up
        started = time.perf_counter()
        count = sum(len(batch) for batch in batches)
        return count / (time.perf_counter() - started)

    rates = []
    benchmark.group = "a loader"
    benchmark.pedantic(lambda: rates.append(feed()), rounds=3)
    print(f"\n{workers} workers: {np.median(rates):.0f} images a second")
    benchmark.extra_info["images a second"] = float(np.median(rates))


@pytest.fixture(scope="module")
def drawn_split(tmp_path_factory):
    """The test split of a dataset of drawn people, half a megapixel."""
    from manyfaces.annotations.dataset import open_split
    from manyfaces.generators.build import Options, build_dataset
    from manyfaces.generators.people.source import DrawnPeople
    from manyfaces.generators.recipe import Recipe

    root = tmp_path_factory.mktemp("drawn") / "dataset"
    recipe = Recipe(seed=1, splits={"test": 1.0})
    build_dataset(DrawnPeople(16, 1, (612, 816)), root, recipe, options=Options(workers=2))
    return root, open_split(root, "test").images
