"""Detection as a service: what an honest client gets, and what others are refused."""

import http.client
import json
import subprocess
import sys
import threading
import time
import zlib

import pytest
import videos
from manyfaces.core.errors import UsageError
from manyfaces.core.images import decode_image, encode_png

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.server.detection_rules import DetectionRules, parse_detectors
from serving import multipart, served, still_well

DETECTORS = {
    name: f"bright_faces:{attribute}"
    for name, attribute in (
        ("bright", "BrightFaces"), ("slow", "SlowFaces"), ("broken", "Broken"), ("none", "Nothing")
    )
}  # fmt: skip
LIMITS = {"size": 300_000, "pixels": 40_000, "frames": 40, "length": 3.0, "seconds": 30.0}
PICTURE = encode_png(videos.moving(1)[0])


def rules(**changes):
    return DetectionRules(**{"detectors": DETECTORS, "per_hour": 1000, **LIMITS, **changes})


@pytest.fixture(scope="module")
def server(made, tmp_path_factory):
    import shutil

    place = tmp_path_factory.mktemp("detecting")
    shutil.copytree(made / "board", place / "board")
    with served(open_board(place / "board"), detection=rules()) as running:
        running.ann, _ = running.account("Ann")
        running.bob, _ = running.account("Bob")
        yield running


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return videos.write(path, videos.moving(10)).read_bytes()


def send(server, data, detector="bright", token=None, name="a.png", **headers):
    """Status, headers and text of a detection by the API."""
    return server.ask(
        "POST", f"/api/detect?detector={detector}", multipart({}, {"file": (name, data)}),
        Authorization=f"Bearer {token or server.ann}",
        Content_Type="multipart/form-data; boundary=B", **headers,
    )  # fmt: skip


def refused(server, data, status, part, **options):
    got, _, text = send(server, data, **options)
    assert (got, part in json.loads(text)["error"]) == (status, True), text
    assert left(server) == []


def left(server):
    return [path.name for path in server.board.folder.incoming.rglob("upload")]


def raw(server, path, token):
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def test_a_picture_comes_back_as_faces_and_as_a_copy(server):
    status, _, text = send(server, PICTURE)
    assert status == 200, text
    told = json.loads(text)
    assert (told["kind"], told["width"], told["height"]) == ("picture", 96, 64)
    assert sorted((row["bbox"], row["category_id"]) for row in told["faces"]) == [
        ([4, 4, 20, 20], 1), ([60, 10, 24, 24], 0)
    ]  # fmt: skip
    assert left(server) == []
    status, headers, data = raw(server, told["annotated"], server.ann)
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (
        200, "image/png", "no-store"
    )  # fmt: skip
    assert decode_image(data, where="the copy").shape == (64, 96, 3)
    # Another account does not see it, and its owner deletes it at once.
    place = f"/api/detect/{told['id']}"
    assert server.api("GET", place, server.bob)[0] == 404
    assert raw(server, told["annotated"], server.bob)[0] == 404
    assert server.api("DELETE", place, server.bob)[0] == 404
    assert server.api("DELETE", place, server.ann)[1]["state"] == "deleted"
    assert server.api("GET", place, server.ann)[0] == 404
    assert list(server.board.folder.incoming.glob(f"*{told['id']}*")) == []


def test_a_video_comes_back_with_each_face_followed(server, clip):
    status, _, text = send(server, clip)
    assert status == 200, text
    told = json.loads(text)
    assert [(face["id"], face["frames"]) for face in told["faces"]] == [(1, 10), (2, 10)]
    red, gray = (face["forged"] for face in told["faces"])
    assert red > 0.8
    assert gray < 0.3
    assert "file" not in told["video"]
    _, headers, data = raw(server, told["annotated"], server.ann)
    assert headers["Content-Type"] == "video/webm"
    assert data.startswith(b"\x1a\x45\xdf\xa3")


def test_the_copy_is_the_answer_where_its_type_is_asked_for(server):
    status, headers, _ = send(server, PICTURE, Accept="image/png")
    assert (status, headers["Content-Type"]) == (200, "image/png")


def test_the_pages_lead_from_the_form_to_the_result_and_its_deletion(server):
    cookie = server.log_in(server.ann)
    text = server.ask("GET", "/app/detect", Cookie=cookie)[2]
    assert "Nothing is kept" in text
    assert "<option>bright</option>" in text
    assert 'href="/app/detect"' in server.ask("GET", "/app", Cookie=cookie)[2]
    fields = {"csrf": server.form_token(cookie), "detector": "bright"}
    place = by_form(server, cookie, fields)
    for _ in range(200):
        status, headers, text = server.ask("GET", place, Cookie=cookie)
        assert status == 200
        if headers["Refresh"] is None:
            break
        time.sleep(0.1)
    assert "media-src 'self'" in headers["Content-Security-Policy"]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert '<th scope="row">fake</th>' in text
    assert server.ask("GET", f"{place}/annotated", Cookie=cookie)[0] == 200
    assert len(json.loads(server.ask("GET", f"{place}/faces", Cookie=cookie)[2])["faces"]) == 2
    assert server.ask("GET", f"{place}/faces", Cookie=server.log_in(server.bob))[0] == 404
    assert server.ask("GET", place, Cookie=server.log_in(server.bob))[0] == 404
    assert server.form(f"{place}/delete", {"csrf": "x"}, cookie)[0] == 403
    assert server.form(f"{place}/delete", fields, cookie)[0] == 303
    assert server.ask("GET", place, Cookie=cookie)[0] == 404


def by_form(server, cookie, fields, status=303, **headers):
    got, answered, text = server.ask(
        "POST", "/app/detect", multipart(fields, {"file": ("<script>alert(1)</script>", PICTURE)}),
        Cookie=cookie, Content_Type="multipart/form-data; boundary=B", **headers,
    )  # fmt: skip
    assert got == status, text
    assert "alert(1)" not in text
    return answered["Location"]


def test_a_form_of_another_site_is_refused(server):
    cookie = server.log_in(server.ann)
    by_form(server, cookie, {"detector": "bright"}, 403)
    by_form(server, cookie, {"detector": "bright", "csrf": "0" * 64}, 403)
    good = {"detector": "bright", "csrf": server.form_token(cookie)}
    by_form(server, cookie, good, 403, Origin="http://evil.example")
    assert by_form(server, "", good) == "/app/login"
    assert left(server) == []


def test_only_accounts_detect(server):
    assert send(server, PICTURE, token="nobody")[0] == 401
    assert server.api("POST", "/api/detect?detector=bright", body=b"x")[0] == 401


def test_an_oversized_file_is_refused_before_it_is_parsed(server):
    assert send(server, b"\x89PNG\r\n\x1a\n" + bytes(400_000))[0] == 413
    refused(server, bytes(310_000), 413, "300,000 bytes")


def bomb(side):
    """A PNG of a side of so many pixels in a few bytes."""
    import struct

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * min(side, 2000)), 9)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("side", [1000, 12_000, 60_000])
def test_a_picture_of_too_many_pixels_is_refused(server, side):
    refused(server, bomb(side), 422, "too large" if side < 15_000 else "cannot be decoded")


def test_videos_beyond_the_limits_or_cut_off_are_refused(server, clip, tmp_path):
    long = videos.write(tmp_path / "long.mp4", videos.moving(1) * 45).read_bytes()
    refused(server, long, 422, "45 frames")
    slow = videos.write(tmp_path / "slow.mp4", videos.moving(1) * 9, fps=2.0).read_bytes()
    refused(server, slow, 422, "4.5 seconds")
    large = videos.write(tmp_path / "large.mp4", [videos.frame(size=(240, 320))]).read_bytes()
    refused(server, large, 422, "76,800 pixels a frame")
    refused(server, clip[:-600], 422, "cut off")


@pytest.mark.parametrize(
    "data",
    [
        b"hello", b"<svg onload='alert(1)'/>", b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n", b"%!PS-Adobe-3.0 EPSF\n", b"PK\3\4",
        b"\x1a\x45\xdf\xa3" + b"x" * 99, b"RIFF\0\0\0\0WEBPx", b"\xff\xd8\xff", b"BM",
        b"\0\0\0\x20ftypisom" + bytes(99), PICTURE[:60],
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_picture_or_video_is_refused(server, data):
    status, _, text = send(server, data, name="../../<script>alert(1)</script>.png")
    assert status == 422, text
    assert "script" not in text
    assert str(server.board.folder.root) not in text
    assert left(server) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"--B--\r\n", multipart({"file": "text"}, {}), multipart({}, {"file": ("a", b"")})],
)
def test_a_form_without_a_file_is_refused(server, body):
    status, _, _ = server.ask(
        "POST", "/api/detect?detector=bright", body, Authorization=f"Bearer {server.ann}",
        Content_Type="multipart/form-data; boundary=B",
    )  # fmt: skip
    assert status in {400, 422}
    assert list(server.board.folder.incoming.glob("detect.*/upload")) == []


def test_an_unknown_detector_is_refused_and_a_broken_one_says_nothing_of_itself(server):
    refused(server, PICTURE, 404, "bright, slow", detector="other")
    for name in ("broken", "none"):
        refused(server, PICTURE, 503, "the detector failed", detector=name)
    assert still_well(server)


def test_one_file_of_an_account_and_few_in_all(board):
    with served(board, detection=rules(waiting=0)) as server:
        tokens = [server.account(name)[0] for name in ("A", "B")]
        answers = []
        first = threading.Thread(
            target=lambda: answers.append(send(server, PICTURE, "slow", tokens[0])[0])
        )
        first.start()
        wait_for(lambda: list(board.folder.incoming.glob("detect.*")))
        status, headers, text = send(server, PICTURE, "slow", tokens[0])
        assert (status, headers["Retry-After"]) == (429, "30"), text
        status, headers, text = send(server, PICTURE, "slow", tokens[1])
        assert (status, headers["Retry-After"]) == (503, "30"), text
        first.join()
        assert answers == [200]


def wait_for(seen, seconds=10):
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_takes_too_long_is_ended_and_the_next_file_is_served(board, tmp_path):
    long = videos.write(tmp_path / "a.mp4", videos.moving(30)).read_bytes()
    with served(board, detection=rules(seconds=8.0)) as server:
        token, _ = server.account("A")
        status, _, text = send(server, long, "slow", token)
        assert (status, "took too long" in text) == (503, True)
        assert send(server, PICTURE, "bright", token)[0] == 200


def test_limits_of_an_hour_hold_and_results_go_by_themselves(board):
    with served(board, detection=rules(per_hour=2, keep=0.5)) as server:
        token, _ = server.account("A")
        key = json.loads(send(server, PICTURE, token=token)[2])["id"]
        send(server, PICTURE, token=token)
        status, headers, _ = send(server, PICTURE, token=token)
        assert status == 429
        assert int(headers["Retry-After"]) > 60
        wait_for(lambda: server.api("GET", f"/api/detect/{key}", token)[0] == 404)
        wait_for(lambda: not list(board.folder.incoming.glob("detect.*")))


def test_what_an_ended_server_has_left_is_deleted(board):
    import os

    old = board.folder.incoming / "detect.old"
    old.mkdir()
    (old / "upload").write_bytes(PICTURE)
    os.utime(old, (1, 1))
    with served(board, detection=rules()):
        wait_for(lambda: not old.exists())


def test_a_board_without_detectors_has_no_such_page(board):
    with served(board) as server:
        token, _ = server.account("A")
        status, _, text = send(server, PICTURE, token=token)
        assert (status, "no detection" in text) == (404, True)
        cookie = server.log_in(token)
        assert server.ask("GET", "/app/detect", Cookie=cookie)[0] == 404
        assert "/app/detect" not in server.ask("GET", "/app", Cookie=cookie)[2]
        assert server.api("GET", "/api/detectors")[1]["detectors"] == []


def test_the_server_itself_imports_no_torch():
    code = "import sys, manyfaces.leaderboard.server.app; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_detectors_of_the_command_line():
    assert parse_detectors(["a=bright_faces:BrightFaces", "b-2=x:y"]) == {
        "a": "bright_faces:BrightFaces", "b-2": "x:y"
    }  # fmt: skip
    for texts in (["a"], ["a="], ["A=x:y"], ["a=x:y", "a=x:z"], ["a=nowhere"], ["a\n=x:y"]):
        with pytest.raises(UsageError):
            parse_detectors(texts)
