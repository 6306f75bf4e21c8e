"""Whatever a file holds: the check ends, and passes nothing that the scorer refuses."""

import copy
import gzip
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manyfaces.annotations.check import RULES, check_submission
from manyfaces.annotations.predictions import parse_predictions, read_predictions
from manyfaces.annotations.result_rows import Limits, load_rows
from manyfaces.core.errors import DataError
from submissions import FAULTS, MANIFEST, SIZES, content, entry, sound, text

SMALL = Limits(size=1 << 20, values=20_000)
QUIET = [HealthCheck.function_scoped_fixture]


def agrees(path, data, readers):
    """Check a file; what passes, the scorer must take."""
    path.write_bytes(data)
    report = check_submission(path, MANIFEST, "test", SMALL)
    assert report.counts.keys() <= RULES.keys()
    json.dumps(report.to_json())
    text(report.to_json())
    if not report.problems:
        for reader in readers:
            reader(path)
    return report


def plain(path):
    read_predictions(path, SIZES)


def loaded(path):
    parse_predictions(load_rows(path), SIZES, where=path)


@settings(max_examples=200, suppress_health_check=QUIET)
@given(st.data())
def test_no_value_anywhere_ends_the_check(tmp_path, damaged, data):
    rows = data.draw(damaged(sound()))
    agrees(tmp_path / "p.json", json.dumps(rows).encode(), [plain, loaded])


@settings(max_examples=200, suppress_health_check=QUIET)
@given(st.binary(max_size=40) | st.text("[]{},:\"'0NaInfiyet.-\\", max_size=40).map(str.encode))
def test_no_bytes_end_the_check(tmp_path, data):
    agrees(tmp_path / "p.json", data, [plain, loaded])


def mutated(data, rng):
    """Bytes with a few of them changed, lost, doubled or moved."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data))
        end = min(len(data), at + rng.choice((1, 1, 4, 40)))
        change = rng.randrange(5)
        if change == 0:
            data[at] = rng.randrange(256)
        elif change == 1:
            data[at] = rng.choice(b'0123456789-.eE[]{},:"oO~ NI')
        elif change == 2:
            del data[at:end]
        elif change == 3:
            data[at:at] = data[at:end]
        else:
            data[at:end] = data[at:end][::-1]
        if not data:
            return b""
    return bytes(data)


SEEDS = [text(sound()), text([entry(segmentation=[[20, 10, 50, 10, 50, 50, 20, 50]], score=1)])]


@pytest.mark.parametrize("seed", range(8))
def test_no_damaged_file_passes_that_the_scorer_refuses(tmp_path, seed):
    rng = random.Random(seed)
    for _ in range(150):
        agrees(tmp_path / "p.json", mutated(rng.choice(SEEDS), rng), [plain, loaded])


WILD = [
    None, True, False, 0, 1, -1, 2, 3, 0.5, -0.0, 1e308, 2**53, 2**63, -(2**63), 10**400, "3",
    "", "é", "\ud800", "NaN", float("nan"), float("inf"), [], {}, [[]], [None], [1, 2, 3, 4],
    [1e308] * 4, [[1, 2] * 4], [60, 80], {"size": [60, 80], "counts": "PPX3"},
    {"size": [60, 80], "counts": [4800]}, {"counts": ""}, {"size": [80, 60], "counts": "0"},
    [[1e308] * 6], [[-1e6, 1e6] * 3], "o" * 50, [True] * 4, [2**63] * 4, {"\ud800": 1},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_no_wild_value_passes_that_the_scorer_refuses(tmp_path, seed):
    rng = random.Random(seed)
    for _ in range(250):
        rows = sound()
        for _ in range(rng.choice((1, 2, 6))):
            row = rng.choice(rows)
            name = rng.choice([*row, "extra", "\ud800"])
            inner = row.get(name)
            if isinstance(inner, dict) and inner and rng.random() < 0.6:
                inner[rng.choice(list(inner))] = copy.deepcopy(rng.choice(WILD))
            elif isinstance(inner, list) and inner and rng.random() < 0.5:
                inner[rng.randrange(len(inner))] = copy.deepcopy(rng.choice(WILD))
            else:
                row[name] = copy.deepcopy(rng.choice(WILD))
        agrees(tmp_path / "p.json", json.dumps(rows).encode(), [plain, loaded])


@pytest.mark.parametrize("seed", range(4))
def test_no_damaged_run_lengths_pass_that_the_scorer_refuses(tmp_path, seed):
    rng = random.Random(seed)
    for _ in range(250):
        rows = sound()
        counts = rng.choice(rows)["segmentation"]
        letters = list(counts["counts"])
        for _ in range(rng.choice((1, 2, 3))):
            letters[rng.randrange(len(letters))] = chr(rng.randrange(48, 112))
        counts["counts"] = "".join(letters)
        agrees(tmp_path / "p.json", text(rows), [plain, loaded])


def test_every_fault_can_stand_with_any_other(tmp_path):
    """Faulty entries of one file beside those of another; the check still ends."""
    rng = random.Random(0)
    lists = [fault for faults in FAULTS.values() for fault in faults if isinstance(fault, list)]
    for _ in range(200):
        rows = [*rng.choice(lists)[:6], *rng.choice(lists)[:6]]
        agrees(tmp_path / "p.json", content(rows), [plain, loaded])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_cut_anywhere_is_refused_or_taken_by_both(tmp_path, suffix):
    data = text([entry()])
    data = gzip.compress(data) if suffix else data
    for end in range(0, len(data), 3):
        report = agrees(tmp_path / "p.json", data[:end], [])
        assert report.problems
        with pytest.raises(DataError):
            load_rows(tmp_path / "p.json")
