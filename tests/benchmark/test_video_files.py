import numpy as np
import pytest
import videos
from manyfaces.benchmark.video_files import VideoLimits, open_video, write_video
from manyfaces.core.errors import DataError, UsageError


def read(path, **limits):
    with open_video(path, VideoLimits(**limits)) as video:
        return list(video), video


def test_frames_come_as_they_were_written(tmp_path):
    written = videos.moving(6)
    frames, video = read(videos.write(tmp_path / "a.mp4", written))
    assert (video.facts.size, video.facts.fps, video.facts.frames) == (videos.SIZE, 10.0, 6)
    assert video.complete
    for got, wanted in zip(frames, written, strict=True):
        assert np.abs(got.astype(int) - wanted).mean() < 6


def test_a_phones_rotation_is_undone(tmp_path):
    path = videos.turn(videos.write(tmp_path / "a.mp4", videos.moving(3)))
    (first, *_), video = read(path)
    assert video.facts.size == first.shape[:2] == (videos.SIZE[1], videos.SIZE[0])
    # A quarter turn clockwise: the upper left corner's red patch goes to the upper right.
    assert first[10, videos.SIZE[0] - 12, 0] > 150


def test_what_is_no_video_is_refused(tmp_path):
    for data, part in (
        (b"", "empty"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "not a video of a kind"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video of a kind"),
        (b"\0\0\0\x20ftypisom" + b"x" * 300, "cannot be opened"),
    ):
        (tmp_path / "a.mp4").write_bytes(data)
        with pytest.raises(DataError, match=part):
            read(tmp_path / "a.mp4")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "none.mp4")


def test_a_video_cut_off_cannot_be_opened_or_says_that_it_is_not_complete(tmp_path):
    path = videos.write(tmp_path / "a.mp4", videos.moving(30))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError, match="cut off"):
        read(path)
    path = videos.write(tmp_path / "a.avi", videos.moving(30), "MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, video = read(path)
    assert 0 < len(frames) < 25
    assert not video.complete


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        ({"pixels": 6000}, "pixels a frame"),
        ({"frames": 5}, "frames"),
        ({"seconds": 0.5}, "seconds"),
    ],
)
def test_limits_hold(tmp_path, limits, part):
    path = videos.write(tmp_path / "a.mp4", videos.moving(6))
    with pytest.raises(DataError, match=part):
        read(path, **limits)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_written_frames_can_be_read_and_an_odd_edge_is_cut(tmp_path, name):
    with write_video(tmp_path / name, (33, 47), 12.5) as sink:
        for _ in range(4):
            sink.add(np.full((33, 47, 3), (200, 100, 50), np.uint8))
    frames, video = read(tmp_path / name)
    assert (len(frames), video.facts.size, video.facts.fps) == (4, (32, 46), 12.5)
    assert np.abs(frames[0][10, 10].astype(int) - (200, 100, 50)).max() < 12


def test_a_video_that_fails_half_way_leaves_nothing(tmp_path):
    def half():
        with write_video(tmp_path / "a.mp4", (32, 32), 10) as sink:
            sink.add(np.zeros((32, 32, 3), np.uint8))
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        half()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match=r"\.mp4"), write_video(tmp_path / "a.gif", (9, 9), 1):
        pass


def test_a_missing_codec_is_said(tmp_path, monkeypatch):
    from manyfaces.benchmark import video_files

    monkeypatch.setattr(video_files, "CODECS", {".mp4": "zzzz"})
    with (
        pytest.raises(DataError, match="cannot write zzzz"),
        write_video(tmp_path / "a.mp4", (32, 32), 10),
    ):
        pass
