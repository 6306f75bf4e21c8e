"""What feeds a training: pictures a second from the loader, beside what a step takes.

Drawn people at half a megapixel. A loader that gives more pictures a second than the network
takes keeps its device fed; on a GPU the network takes more, and there are more cores to load.
"""

import time

import numpy as np
import pytest
from manyfaces.annotations.dataset import open_split
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.data import EpochSampler, TrainingData, training_loader
from manyfaces.benchmark.fitting import build_network
from manyfaces.benchmark.mixes import training_track

pytestmark = pytest.mark.usefixtures("one_thread")

BATCH = 4
LEAST = {"plain": 20.0, "perturbed": 8.0}  # pictures a second without workers, on one core


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A split of 16 drawn scenes, each four times."""
    root = tmp_path_factory.mktemp("drawn") / "dataset"
    recipe = Recipe(seed=1, splits={"train": 1.0})
    build_dataset(DrawnPeople(16, 1, (612, 816)), root, recipe, options=Options(workers=2))
    return root, open_split(root, "train").images * 4


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("augment", ["plain", "perturbed"])
def test_the_loader(benchmark, drawn, augment, workers):
    root, images = drawn
    data = TrainingData(root, images, 0, training_track(0.5) if augment == "perturbed" else None)
    loader = training_loader(data, EpochSampler(len(data), 0), BATCH, workers)

    def feed():
        batches = iter(loader)
        next(batches)  # the workers are up
        started, spent = time.perf_counter(), time.process_time()
        count = sum(len(images) for images, _ in batches)
        costs.append(1000 * (time.process_time() - spent) / count)
        return count / (time.perf_counter() - started)

    rates, costs = [], []
    benchmark.group = "the training loader"
    benchmark.pedantic(lambda: rates.append(feed()), rounds=3)
    rate = float(np.median(rates))
    benchmark.extra_info["pictures a second"] = rate
    # Of this process alone: without workers, what a picture costs, however busy the machine.
    cost = float(np.median(costs))
    print(f"\n{augment}, {workers} workers: {rate:.1f} pictures a second, {cost:.1f} ms here")
    assert rate > LEAST[augment]


@pytest.mark.parametrize("name", ["mask-rcnn-small"])
def test_a_step(benchmark, drawn, name):
    """Forward, backward and update, on one core of the processor."""
    root, images = drawn
    row = BASELINES[name]
    network = build_network(row, row.parameters(), 0).train()
    optimiser = torch.optim.AdamW(network.parameters(), 1e-4)
    loader = training_loader(TrainingData(root, images, 0), EpochSampler(len(images), 0), BATCH, 0)
    batches = iter(loader)

    def step(batch):
        optimiser.zero_grad()
        torch.stack(list(network.losses(*batch).values())).sum().backward()
        optimiser.step()

    benchmark.group = "a step"
    benchmark.pedantic(
        step, setup=lambda: ((next(batches),), {}), rounds=8, warmup_rounds=1, iterations=1
    )
    seconds = benchmark.stats.stats.median
    benchmark.extra_info["pictures a second"] = BATCH / seconds
    print(f"\n{name}: {1000 * seconds:.0f} ms a step, {BATCH / seconds:.1f} pictures a second")
