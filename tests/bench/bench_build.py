"""What a build costs: milliseconds a picture on one core, and what a second worker brings.

The photographs of ``../shared/photos/open`` that have two faces to forge, both forged; their
faces are measured beforehand, as a further build of the same photographs finds them. Decoding,
planning, forging, encoding and putting together are included.
"""

import os
import time

import pytest
from manyfaces.core.files import read_json
from manyfaces.core.progress import silent
from manyfaces.generators.analysis_cache import load_outline
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.photo_folder import PhotoFolder, list_folder
from manyfaces.generators.photo_sources.listed import ListedPhotos
from manyfaces.generators.recipe import Recipe
from manyfaces.generators.workspace import Workspace

TARGET_MS = 60.0
TARGET_SPEEDUP = 1.8
ROUNDS = 3


def recipe(seed):
    return Recipe(seed=seed, pristine=0.0, forged=1.0, max_forged=2)


@pytest.fixture(scope="module")
def photographs(shared, tmp_path_factory):
    """A source of the photographs with two forgeable faces, and their measured faces."""
    os.environ["MANYFACES_MODELS"] = str(shared / "models")
    folder, kept = shared / "photos" / "open", tmp_path_factory.mktemp("analyses")
    out = tmp_path_factory.mktemp("first") / "dataset"
    options = Options(workers=1, analyses=kept)
    build_dataset(PhotoFolder(folder), out, recipe(1), options=options)
    (analyses,) = kept.iterdir()
    workspace = Workspace(out, analyses)
    two = {
        row["name"]
        for row in read_json(out / "report.json")["photographs"]
        if sum(face.refusal is None for face in load_outline(workspace, row["sha256"]).faces) >= 2
    }
    listed = [row for row in list_folder(folder) if row.name in two]
    return ListedPhotos(folder, "photographs", lambda: listed), kept


def build(photographs, out, seed, workers, progress=silent):
    source, kept = photographs
    options = Options(workers=workers, analyses=kept)
    return build_dataset(source, out, recipe(seed), options=options, progress=progress)


class Stages:
    """Seconds of this process in each stage, and of the whole build."""

    def __init__(self):
        self.seconds = {}

    def __call__(self, items, *, total, what):  # noqa: ARG002 - the signature of every progress
        start = time.process_time()
        yield from items
        self.seconds[what] = self.seconds.get(what, 0.0) + time.process_time() - start


@pytest.mark.benchmark(group="build")
def test_a_picture_with_two_forged_faces_costs_sixty_milliseconds(benchmark, photographs, tmp_path):
    """The contact sheet and the plots cost the same for any number of pictures: left out."""
    spent = []

    def once():
        number, stages = len(spent), Stages()
        start = time.process_time()
        report = build(photographs, tmp_path / str(number), number + 2, 1, stages)
        whole = time.process_time() - start
        per_picture = {name: 1000 * s / report["images"] for name, s in stages.seconds.items()}
        once_a_build = per_picture.pop("contact sheet")
        spent.append((sum(per_picture.values()), per_picture, whole, once_a_build, report))

    benchmark.pedantic(once, rounds=3)
    best, stages, whole, sheet, report = min(spent, key=lambda row: row[0])
    forged = sum(report["forged"].values()) / report["images"]
    benchmark.extra_info.update(ms_per_picture=best, forged_per_picture=forged)
    print(f"\n{report['images']} pictures, {forged:.2f} forged faces each: {best:.1f} ms a picture")
    print({name: round(ms, 1) for name, ms in stages.items()}, f"sheet {sheet:.1f}, {whole:.2f} s")
    assert best <= TARGET_MS


@pytest.mark.benchmark(group="build")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two workers need two processors")
def test_two_workers_do_nearly_twice_the_work_of_one(benchmark, photographs, tmp_path):
    """The step that workers share; the first build starts them, as they then stay."""
    from manyfaces.generators import build as module

    seconds = {1: [], 2: []}

    def timed(workers):
        original = module.run_all

        def run_all(*args, what, **options):
            start = time.perf_counter()
            original(*args, what=what, **options)
            if what == "forging":
                seconds[workers].append(time.perf_counter() - start)

        module.run_all = run_all
        try:
            number = sum(map(len, seconds.values()))
            build(photographs, tmp_path / f"{workers}-{number}", 100 + number // 2, workers)
        finally:
            module.run_all = original

    def rounds():
        for _ in range(ROUNDS):
            timed(1)
            timed(2)

    timed(2)
    seconds[2].clear()
    benchmark.pedantic(rounds, rounds=1)
    speedup = min(seconds[1]) / min(seconds[2])
    benchmark.extra_info.update(speedup=speedup)
    print(f"\n{speedup:.2f} times the work of one: {seconds}")
    assert speedup >= TARGET_SPEEDUP
