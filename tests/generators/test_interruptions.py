"""Whatever ends a build before its end, the same command finishes it to the same bytes."""

import errno
import hashlib
import os
import random
import signal
import threading
import time

import pytest
from manyfaces.core import files
from manyfaces.core.errors import DataError
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import Recipe, write_recipe
from zygote import Zygote

SCENES = 3
SOURCE = DrawnPeople(SCENES, 3, (160, 208))
RECIPE = Recipe(seed=5, pristine=0.2, forged=0.8, min_face=20, splits={"train": 0.6, "test": 0.4})
INTERRUPTIONS = 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The dataset of a build that nothing interrupted: file → hash."""
    root = tmp_path_factory.mktemp("whole") / "dataset"
    build_dataset(SOURCE, root, RECIPE, options=Options(workers=1))
    return digests(root)


def digests(root):
    """Every file of a dataset, the contact sheet and the plots too."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_twenty_interruptions_at_random_moments_change_no_byte(whole, tmp_path):
    """Moments are drawn over the time of a whole build, so that every step is met."""
    write_recipe(tmp_path / "recipe.yaml", RECIPE)
    rng = random.Random(20)
    interrupted, builds = 0, 0
    with Zygote(tmp_path / "recipe.yaml", SCENES) as zygote:
        start = time.perf_counter()
        assert zygote.build(tmp_path / "timed") == 0
        duration = time.perf_counter() - start
        assert digests(tmp_path / "timed") == whole
        while interrupted < INTERRUPTIONS:
            builds += 1
            out = tmp_path / f"build-{builds}"
            while True:
                sign = rng.choice([signal.SIGKILL, signal.SIGINT])
                code = zygote.build(out, kill_after=rng.uniform(0, duration), sign=sign)
                if code == 0:
                    break
                assert code in (-signal.SIGKILL, -signal.SIGINT, 130)
                interrupted += 1
            assert digests(out) == whole
    assert builds > 1


class SmallDisk:
    """Files as ``os.fdopen`` opens them, on a disk with so many bytes left."""

    def __init__(self, room):
        self.room = room
        self.open = os.fdopen

    def fdopen(self, descriptor, mode):
        file = self.open(descriptor, mode)
        disk, write = self, file.write

        class Limited:
            def write(self, data):
                if len(data) > disk.room:
                    write(data[: disk.room])
                    disk.room = 0
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                disk.room -= len(data)
                return write(data)

            def writelines(self, rows):
                for row in rows:
                    self.write(row)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

        return Limited()


def test_a_full_disk_is_one_clear_error_and_nothing_half_is_left(whole, tmp_path, monkeypatch):
    """The disk is simulated where files are written: a real small one needs a mount."""
    out, rng = tmp_path / "out", random.Random(7)
    failures = []
    for _ in range(5):
        disk = SmallDisk(rng.randrange(300_000))
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "fdopen", disk.fdopen)
            try:
                build_dataset(SOURCE, out, RECIPE, options=Options(workers=1))
                break
            except DataError as error:
                failures.append(str(error))
        assert not [path for path in out.rglob("*") if path.suffix == ".part"]
        assert not (out / "report.json").exists()
    assert len(failures) >= 2
    for text in failures:
        assert "No space left" in text
        assert "run the same command again" in text
    build_dataset(SOURCE, out, RECIPE, options=Options(workers=1))
    assert digests(out) == whole


def test_a_dask_cluster_that_loses_a_worker_gives_the_same_bytes(whole, tmp_path):
    distributed = pytest.importorskip("distributed")
    out = tmp_path / "out"
    killed = []

    def kill(cluster):
        while len(list((out / ".build").rglob("*.json*"))) < 3:
            time.sleep(0.002)
        worker = next(iter(cluster.workers.values()))
        killed.append(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        # Both workers are at work before one is killed.
        waiting = threading.Thread(target=kill, args=(cluster,), daemon=True)
        waiting.start()
        build_dataset(SOURCE, out, RECIPE, options=Options(dask=cluster.scheduler_address))
        waiting.join(10)
    assert len(killed) == 1
    assert digests(out) == whole
