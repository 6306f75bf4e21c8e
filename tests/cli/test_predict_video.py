"""``manyfaces predict`` of videos, in this process: the detector is no network."""

import json

import pytest
import videos
from manyfaces.cli import predict_pictures as verb
from manyfaces.cli.predict import predict
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.images import encode_png

BRIGHT = "bright_faces:BrightFaces"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    videos.write(place / "clip.mp4", videos.moving(5))
    (place / "a.png").write_bytes(encode_png(videos.moving(1)[0]))
    (place / "cut.mov").write_bytes(b"\0\0\0\x20ftypqt  ")
    return place


def test_one_video_becomes_its_annotated_copy_and_a_record(folder, tmp_path, capsys):
    out = tmp_path / "seen.mp4"
    predict([BRIGHT, str(folder / "clip.mp4")], out, as_json=True)
    told = capsys.readouterr()
    (row,) = json.loads(told.out)["videos"]
    assert row["annotated"] == str(out)
    assert (row["frames"], len(row["faces"])) == (5, 2)
    assert "face 1: 95% forged, the mean of 5 frames (0 to 4)" in told.err
    assert json.loads(out.with_suffix(".json").read_text())["video"]["file"] == "clip.mp4"


def test_a_folder_takes_its_videos_too_and_goes_on_where_one_is_cut_off(folder, tmp_path, capsys):
    predict([BRIGHT, str(folder)], tmp_path / "p.json", annotated=tmp_path / "seen", every=2)
    err = capsys.readouterr().err
    assert "skipped" in err
    assert "cut.mov" in err.replace("\n", "")
    assert len(json.loads((tmp_path / "p.json").read_text())) == 2
    (row,) = json.loads((tmp_path / "p.videos.json").read_text())
    assert row["file_name"].endswith("clip.mp4")
    names = {path.name for path in (tmp_path / "seen").iterdir()}
    assert names == {"000001-a.jpg", "000001-clip.mp4", "000001-clip.json"}


def test_a_folder_with_one_video_is_written_as_any_folder(folder, tmp_path):
    for name in ("a.png", "cut.mov"):
        (folder / name).unlink()
    predict([BRIGHT, str(folder)], tmp_path / "p.json")
    assert json.loads((tmp_path / "p.json").read_text()) == []
    (row,) = json.loads((tmp_path / "p.videos.json").read_text())
    assert row["record"] == str(tmp_path / "p.videos" / "000001-clip.json")
    with pytest.raises(UsageError, match=r"seen\.mp4"):
        predict([BRIGHT, str(folder)], tmp_path / "seen.mp4")


def test_a_folder_of_which_no_video_can_be_read_is_no_success(folder, tmp_path):
    for name in ("a.png", "clip.mp4"):
        (folder / name).unlink()
    with pytest.raises(DataError, match="no picture or video can be read"):
        predict([BRIGHT, str(folder)], tmp_path / "p.json")


def test_what_a_video_cannot_be_written_as_is_refused_before_it_is_read(folder, tmp_path):
    clip = folder / "clip.mp4"
    with pytest.raises(UsageError, match="itself"):
        predict([BRIGHT, str(clip)], clip)
    with pytest.raises(UsageError, match=r"seen\.gif"):
        predict([BRIGHT, str(clip)], tmp_path / "seen.gif")
    assert {".jpg", ".jpeg", ".png"} == verb.DRAWN
