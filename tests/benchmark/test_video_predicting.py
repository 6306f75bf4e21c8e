import json

import pytest
import videos
from bright_faces import BrightFaces
from manyfaces.benchmark.predicting import files_to_predict
from manyfaces.benchmark.video_files import open_video
from manyfaces.benchmark.video_predicting import predict_video
from manyfaces.core.errors import DataError, UsageError


@pytest.fixture
def clip(tmp_path):
    return videos.write(tmp_path / "clip.mp4", videos.moving(8))


def test_a_video_becomes_a_copy_and_a_record(clip, tmp_path):
    record, drawn = tmp_path / "out" / "clip.json", tmp_path / "out" / "clip.mp4"
    found = predict_video(BrightFaces(), clip, record, drawn)
    assert (found.frames, found.complete, len(found.faces)) == (8, True, 2)
    red, gray = found.faces
    assert red.forged > 0.85
    assert gray.forged < 0.2
    told = json.loads(record.read_text())
    assert [row["frame"] for row in told["frames"]] == list(range(8))
    assert told["frames"][3]["seconds"] == 0.3
    assert {"id", "bbox", "category_id", "score", "segmentation", "forged"} == set(
        told["frames"][0]["faces"][0]
    )
    of_red = [face["forged"] for row in told["frames"] for face in row["faces"] if face["id"] == 1]
    assert told["faces"][0]["forged"] == pytest.approx(sum(of_red) / 8)
    assert told["faces"][1]["last_frame"] == 7
    assert told["video"] == {
        "file": "clip.mp4", "width": 96, "height": 64, "fps": 10.0, "frames": 8,
        "complete": True, "every": 1,
    }  # fmt: skip
    with open_video(drawn) as video:
        assert sum(1 for _ in video) == 8


def test_only_frames_that_were_looked_at_are_recorded(clip, tmp_path):
    predict_video(BrightFaces(), clip, tmp_path / "a.json", every=3)
    told = json.loads((tmp_path / "a.json").read_text())
    assert [row["frame"] for row in told["frames"]] == [0, 3, 6]
    assert told["faces"][0]["frames"] == 3


def test_a_video_without_frames_leaves_nothing(clip, tmp_path):
    data = clip.read_bytes()
    clip.write_bytes(data[: data.index(b"mdat") + 4] + data[data.index(b"moov") - 4 :])
    with pytest.raises(DataError):
        predict_video(BrightFaces(), clip, tmp_path / "a.json", tmp_path / "b.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_folder_gives_pictures_and_videos(clip, tmp_path):
    (tmp_path / "b.png").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    assert files_to_predict(tmp_path) == ({1: tmp_path / "b.png"}, {1: clip})
    assert files_to_predict(clip) == ({}, {1: clip})
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"\.mp4"):
        files_to_predict(tmp_path / "empty")
