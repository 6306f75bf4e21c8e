"""Each fault that ``check`` knows, put into a sound submission."""

import json
import re
from pathlib import Path

import pytest
from manyfaces.annotations.check import RULES, check_submission
from manyfaces.annotations.check.findings import KEPT
from manyfaces.annotations.manifest import Manifest
from manyfaces.annotations.predictions import parse_predictions
from manyfaces.annotations.result_rows import Limits, load_rows
from manyfaces.core.errors import DataError, UsageError
from submissions import (
    FAULTS,
    MANIFEST,
    SIZE,
    SIZES,
    content,
    each,
    entry,
    first,
    rle,
    seg,
    sound,
    text,
)

SMALL = Limits(size=200 << 20, values=50_000)

# What else a fault makes wrong; nothing but this may be reported with it.
AS_WELL = {
    "category-shifted": {"category-unknown"},
    "scores-percent": {"score-range"},
    "boxes-corners": {"box-beyond", "mask-box-differs"},
    "boxes-normalised": {"mask-box-differs"},
    "entry-not-object": {"images-silent"},
    "box-negative": {"mask-box-differs"},
    "box-empty": {"mask-box-differs"},
    "box-outside": {"mask-box-differs"},
    "image-crowded": {"entry-duplicate"},
    "number-not-finite": {"fields-surplus"},
}


def report_of(tmp_path, fault, split="test", limits=SMALL):
    path = tmp_path / "p.json"
    path.write_bytes(content(fault))
    return check_submission(path, MANIFEST, split, limits)


def test_a_sound_submission_has_no_problems(tmp_path):
    report = report_of(tmp_path, sound())
    assert (report.entries, report.images, dict(report.counts)) == (4, 2, {})


def test_every_rule_has_a_fault():
    assert set(FAULTS) == set(RULES)


def test_the_documentation_names_every_rule():
    path = Path(__file__).parents[3] / "docs" / "checking.md"
    docs = path.read_text().split("## Problems")[1]
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", docs, re.MULTILINE)
    assert named == [*RULES]
    for code, rule in RULES.items():
        row = next(line for line in docs.splitlines() if line.startswith(f"| `{code}` |"))
        assert row == f"| `{code}` | {rule.what} | {rule.expected} | {rule.mend} |"


CASES = [
    pytest.param(code, fault, id=f"{code}-{number}")
    for code, faults in FAULTS.items()
    for number, fault in enumerate(faults)
]


@pytest.mark.parametrize(("code", "fault"), CASES)
def test_a_fault_is_found_with_its_place_and_its_mend(tmp_path, code, fault):
    limits = SMALL
    if code == "entries-too-many":
        limits = Limits(entries=100)
    if code == "file-unreadable":
        report = check_submission(tmp_path, MANIFEST)
    else:
        report = report_of(tmp_path, fault, limits=limits)
    assert {code} <= set(report.counts) <= {code} | AS_WELL.get(code, set())
    assert [problem.code for problem in report.warnings if problem.code == code] or not RULES[
        code
    ].warning
    for problem in (*report.problems, *report.warnings):
        assert problem.where
        assert problem.got
        assert problem.expected
        assert problem.mend
        assert max(map(len, problem.to_json().values())) < 600
    json.loads(text(report.to_json()))


@pytest.mark.parametrize(("code", "fault"), CASES)
def test_what_the_scorer_refuses_is_never_passed(tmp_path, code, fault):
    if fault is None:
        return
    report = report_of(tmp_path, fault)
    if not report.problems:
        parse_predictions(load_rows(tmp_path / "p.json"), SIZES, where="test")


def test_all_faults_are_reported_at_once(tmp_path):
    rows = [
        entry(image=9, score=0.9),
        entry(score="0.5"),
        entry(label=5),
        entry(bbox=[90, 1, 5, 5]),
        entry(segmentation=rle(1, 1, 2, 2, (30, 40))),
        7,
        {"image_id": 4},
    ]
    assert set(report_of(tmp_path, rows).counts) == {
        "image-unknown", "score-type", "category-unknown", "box-outside", "mask-size",
        "mask-box-differs", "entry-not-object", "category-missing", "score-missing",
        "place-missing",
    }  # fmt: skip


def test_suspicions_come_before_what_they_explain(tmp_path):
    report = report_of(tmp_path, each(category_id=lambda label: label + 1))
    assert report.problems[0].code == "category-shifted"


def problem_of(report, code):
    return next(p for p in (*report.problems, *report.warnings) if p.code == code)


@pytest.mark.parametrize(
    ("fault", "code", "where", "got", "expected"),
    [
        (first(image_id="000003.jpg"), "image-id-file-name",
         "entry 0, image '000003.jpg', image_id",
         "'000003.jpg'", "3, the id of images/test/000003.jpg"),
        (first(image_id="3"), "image-id-text", "entry 0, image '3', image_id", "'3'",
         "3, the id of images/test/000003.jpg"),
        (first(image_id=1), "image-other-split", "entry 0, image 1, image_id",
         "1, of split train", "an image of this split"),
        (first(score=None), "score-missing", "entry 0, image 3, score", "null", "a number in"),
        (first(category_id="Fake"), "category-type", "entry 0, image 3, category_id", "'Fake'",
         "1 for fake"),
        (seg(size=[80, 60]), "mask-transposed", "entry 0, image 3, segmentation", "[80, 60]",
         "[60, 80]"),
        (seg(counts="1"), "mask-not-filling", "entry 0, image 3, segmentation", "1 pixels",
         "4,800 pixels"),
        (first(bbox=[90, 10, 30, 40]), "box-outside", "entry 0, image 3, bbox",
         "[90, 10, 30, 40], 40 px past it", "inside 80 x 60"),
        (first(segmentation=rle(50, 40, 10, 10)), "mask-box-differs", "entry 0, image 3, bbox",
         "IoU 0.00", "about [50, 40, 10, 10]"),
        ([*sound(), sound()[1]], "entry-duplicate", "entry 4, image 3", "as entry 1", "once"),
        (sound()[:2], "images-silent", "all entries", "1 of 2 images without entries: 4", "faces"),
        (text(sound())[:200], "file-truncated", "p.json", "its end at line 1, column 201", "]"),
    ],
)  # fmt: skip
def test_the_words_say_where_and_what(tmp_path, fault, code, where, got, expected):
    problem = problem_of(report_of(tmp_path, fault), code)
    assert problem.where == where
    assert got in problem.got
    assert expected in problem.expected


def test_many_faults_of_a_kind_are_counted_and_few_are_kept(tmp_path):
    report = report_of(tmp_path, [entry(image=9, score=2)] * 300)
    assert report.counts["image-unknown"] == report.counts["score-range"] == 300
    assert len(report.problems) == 2 * KEPT
    assert report.total(warning=False) == 600
    assert report.to_json()["counts"]["problems"] == 600


def test_a_missing_split_is_the_one_that_holds_all_images_named(tmp_path):
    assert report_of(tmp_path, sound(), split=None).split == "test"
    assert report_of(tmp_path, first(image_id="000004.jpg"), split=None).split == "test"
    both = report_of(tmp_path, [*sound(), entry(1)], split=None)
    assert (both.split, both.images) == (None, 4)
    assert report_of(tmp_path, [], split=None).split is None


def test_an_unknown_split_is_a_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="no such split"):
        report_of(tmp_path, sound(), split="dev")


def test_an_empty_manifest_knows_no_image(tmp_path):
    (tmp_path / "p.json").write_bytes(text(sound()))
    report = check_submission(tmp_path / "p.json", Manifest(()))
    assert set(report.counts) == {"image-unknown"}


def test_polygons_boxes_alone_and_run_lengths_as_a_list_are_sound(tmp_path):
    corners = [20, 10, 50, 10, 50, 50, 20, 50]
    runs = [20 * 60 + 10, *[40, 20] * 29, 40, 30 * 60 + 10]
    for fields in (
        {"segmentation": [corners]},
        {"segmentation": [corners[:4] + corners[4:], [0, 0, 3, 0, 3, 3]], "bbox": [0, 0, 50, 50]},
        {"segmentation": {"size": list(SIZE), "counts": runs}},
        {"segmentation": None},
        {"bbox": None},
        {"bbox": [19.4, 9.2, 31.0, 41.0]},
    ):
        assert report_of(tmp_path, first(**fields)).counts == {}


def test_a_few_alike_scores_are_chance(tmp_path):
    rows = [entry(score=1), entry(4, score=1.0)]
    assert report_of(tmp_path, rows).counts == {}


def test_what_is_fit_for_one_box_is_no_suspicion(tmp_path):
    """One box past its image is an accident, not another order of its values."""
    report = report_of(tmp_path, [entry(bbox=[20, 10, 70, 55]), *sound()[1:]])
    assert "boxes-corners" not in report.counts


def test_the_scorer_takes_what_passes(tmp_path):
    report_of(tmp_path, sound())
    read = parse_predictions(load_rows(tmp_path / "p.json"), SIZES, where="test")
    assert [len(part) for part in read.values()] == [2, 2]


def test_the_error_of_the_scorer_is_a_data_error():
    with pytest.raises(DataError):
        load_rows(Path("/nowhere"))
