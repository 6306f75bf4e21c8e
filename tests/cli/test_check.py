import json

import pytest
import typer
from manyfaces.annotations.manifest import write_manifest
from manyfaces.cli.check import SHOWN, check
from manyfaces.core.errors import UsageError
from submissions import MANIFEST, content, entry, first, sound


@pytest.fixture
def files(tmp_path):
    write_manifest(tmp_path / "manifest.json", MANIFEST)
    (tmp_path / "p.json").write_bytes(content(sound()))
    return tmp_path / "p.json", tmp_path / "manifest.json"


def failed(files, **options):
    with pytest.raises(typer.Exit) as caught:
        check(*files, **options)
    assert caught.value.exit_code == 1


def test_a_sound_submission_is_one_line_and_no_exit(files, capfd):
    check(*files)
    assert capfd.readouterr().out == (
        "4 entries for 2 images of split test: 0 problems, 0 warnings\n"
    )


def test_warnings_do_not_fail(files, capfd):
    files[0].write_bytes(content(sound()[:2]))
    check(*files)
    shown = capfd.readouterr().out
    assert "images-silent (warning, 1): images have no entries" in shown
    assert "0 problems, 1 warning\n" in shown


def test_problems_are_told_with_their_mend_and_exit_1(files, capfd):
    files[0].write_bytes(content([*first(image_id="[bold]"), *[entry(score=7)] * (SHOWN + 2)]))
    failed(files, split="test")
    shown = capfd.readouterr()
    for part in (
        "image-unknown (1): an image is unknown", "'[bold]'", "score-range (7): a score is out",
        "entry 4, image 3, score", "and 2 more", "→ Scale the scores to [0, 1].",
        "entry-duplicate (warning, 6)",
    ):  # fmt: skip
        assert part in shown.out
    assert shown.err.endswith("11 entries for 2 images of split test: 8 problems, 6 warnings\n")


def test_json_is_for_machines(files, capfd):
    files[0].write_bytes(content(first(score=None)))
    failed(files, as_json=True)
    report = json.loads(capfd.readouterr().out)
    assert [problem["code"] for problem in report["problems"]] == ["score-missing"]
    assert set(report["problems"][0]) == {"code", "where", "got", "expected", "mend"}
    assert report["warnings"] == []
    assert report["counts"] == {
        "entries": 4, "images": 2, "problems": 1, "warnings": 0, "codes": {"score-missing": 1},
    }  # fmt: skip
    assert report["split"] == "test"


def test_a_limit_is_kept(files, capfd):
    failed(files, limit=1e-7)
    assert "file-too-large" in capfd.readouterr().out


def test_what_is_no_file_and_no_manifest_is_a_wrong_use(files, tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        check(tmp_path / "none", files[1])
    with pytest.raises(UsageError, match="not a manifest"):
        check(files[0], files[0])
    with pytest.raises(UsageError, match="no such split"):
        check(*files, split="dev")
