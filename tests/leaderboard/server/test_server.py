import json
import re

import challenges
import pytest
from challenges import work
from manyfaces.annotations.manifest import Manifest, write_manifest
from manyfaces.cli.board import app
from manyfaces.core.errors import SubmissionError
from manyfaces.core.files import read_json, write_json
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.client import Client
from typer.testing import CliRunner

pytest.importorskip("fastapi", reason="the server extra is not installed")
from serving import multipart, served


@pytest.fixture(scope="module")
def server(made, tmp_path_factory):
    import shutil

    from manyfaces.leaderboard.boards import open_board

    place = tmp_path_factory.mktemp("served")
    shutil.copytree(made / "board", place / "board")
    board = open_board(place / "board")
    board.publisher.look(at_once=True)
    with served(board) as running:
        yield running


def test_a_participant_gets_from_the_address_to_a_score(server, tmp_path):
    token, _ = server.account("Ann")
    client = Client(f"http://127.0.0.1:{server.port}", token)
    assert client.challenge()["commitment"] == server.board.folder.commitment
    assert client.challenge()["closed"] == ""
    manifest = client.manifest("dark", tmp_path / "m.json")
    assert manifest == server.board.folder.manifest("dark")
    seen = client.submit(Method(name="net", authors="A"), challenges.files(tmp_path, 1))
    assert seen["state"] == "queued"
    assert work(server.board) == 1
    seen = client.submission(seen["id"])
    assert seen["state"] == "scored"
    assert set(seen["scores"]) == {"val"}
    assert [row["id"] for row in client.submissions()] == [seen["id"]]
    status, usage = server.api("GET", "/api/account", token)
    assert (status, usage["usage"]["today"]) == (200, {"used": 1, "limit": 3})
    rows = challenges.predictions()
    rows[0]["score"] = 2
    with pytest.raises(SubmissionError, match=r"score-range in entry 0.*Scale the scores"):
        client.submit(
            Method(name="net 2", authors="A"), {"clean": challenges.write(tmp_path / "b", rows)}
        )
    assert server.api("GET", "/api/account", token)[1]["usage"]["today"]["used"] == 1


def test_a_participant_chooses_and_retracts_from_the_command_line(server, tmp_path):
    token, _ = server.account("Chooser")
    client = Client(f"http://127.0.0.1:{server.port}", token)
    method = Method(name="chosen", authors="C")
    key = client.submit(method, challenges.files(tmp_path / "a", 31))["id"]
    work(server.board)
    client.choose(key)
    assert client.submission(key)["final"]
    with pytest.raises(SubmissionError, match="the files of an earlier submission"):
        client.submit(method, challenges.files(tmp_path / "a", 31))
    assert [row["state"] for row in client.submissions()] == ["withdrawn", "scored"]
    client.retract(key)
    assert client.submission(key)["state"] == "withdrawn"


@pytest.fixture
def lessened(server):
    """The server after the withdrawal of picture 8 from the track clean."""
    folder = server.board.folder
    facts, manifest = folder.root / "commitment.json", folder.manifest_file("clean")
    before = {path: path.read_bytes() for path in (facts, manifest)}
    rows = tuple(row for row in folder.manifest("clean").images if row.id != 8)
    write_manifest(manifest, Manifest(rows))
    write_json(facts, {**read_json(facts), "withdrawn": {"clean": [8]}})
    yield server
    for path, data in before.items():
        path.write_bytes(data)


def test_predictions_of_an_earlier_kit_are_taken(lessened, tmp_path):
    """Before they are sent, by the command line, and where they arrive."""
    address = f"http://127.0.0.1:{lessened.port}"
    token, _ = lessened.account("Early")
    (tmp_path / "method.yaml").write_text("name: early\nauthors: E\n")
    good = challenges.files(tmp_path, 41, tracks=["clean"])["clean"]
    words = ["submit", address, "--method", f"{tmp_path}/method.yaml", "--part", f"clean={good}"]
    done = CliRunner().invoke(app, words, env={"MANYFACES_TOKEN": token})
    assert done.exit_code == 0, done.output
    assert done.stderr.count("clean: warning image-withdrawn in all entries: got 2 for") == 1
    (seen,) = Client(address, token).submissions()
    assert Client(address, token).submission(seen["id"])["parts"][0]["warnings"]


def test_a_zip_is_a_whole_submission(server, tmp_path):
    from manyfaces.leaderboard.submissions.archives import pack

    token, _ = server.account("Zip")
    pack(tmp_path / "s.zip", Method(name="zipped", authors="Z"), challenges.files(tmp_path, 4))
    body = (tmp_path / "s.zip").read_bytes()
    status, seen = server.api("POST", "/api/archive", token, body=body)
    assert (status, seen["state"], len(seen["parts"])) == (201, "queued", 2)
    status, told = server.api("POST", "/api/archive", token, body=body)
    assert status == 422
    assert "the files of an earlier submission" in told["error"]


def send(server, cookie, fields, files):
    return server.ask(
        "POST", "/app/submit", multipart(fields, files), Cookie=cookie,
        Content_Type="multipart/form-data; boundary=B",
    )  # fmt: skip


def test_the_pages_lead_from_login_to_a_score_without_a_script(server, tmp_path):
    token, _ = server.account("Browser")
    cookie = server.log_in(token)
    page = server.ask("GET", "/app/submit", Cookie=cookie)[2]
    assert page.count('type="file"') == 2
    data = {
        f"part.{track}": (f"{track}.json", path.read_bytes())
        for track, path in challenges.files(tmp_path, 21).items()
    }
    fields = {"csrf": server.form_token(cookie), "name": "by form", "authors": "B", "paper": ""}
    status, _, text = send(server, cookie, fields, {})
    assert (status, "the submission has no files" in text) == (422, True)
    assert "Log out Browser" in text
    status, headers, _ = send(server, cookie, fields, data)
    assert status == 303
    place = headers["Location"]
    status, headers, text = server.ask("GET", place, Cookie=cookie)
    assert headers["Refresh"] == "5"
    assert "waits for a worker" in text
    work(server.board)
    status, headers, text = server.ask("GET", place, Cookie=cookie)
    assert headers["Refresh"] is None
    assert "Scores on val" in text
    form = {"csrf": server.form_token(cookie)}
    assert server.form(f"{place}/final", form, cookie)[0] == 303
    assert '<span class="badge">final</span>' in server.ask("GET", "/app", Cookie=cookie)[2]
    assert server.form(f"{place}/withdraw", form, cookie)[0] == 303
    assert ">withdrawn<" in server.ask("GET", place, Cookie=cookie)[2]
    assert server.form("/app/logout", form, cookie)[0] == 303


def test_problems_come_back_as_a_table(server):
    token, _ = server.account("Faulty")
    cookie = server.log_in(token)
    rows = challenges.predictions()
    rows[0]["image_id"] = "<b>7</b>"
    data = {"part.clean": ("x.json", json.dumps(rows).encode())}
    fields = {"csrf": server.form_token(cookie), "name": "f", "authors": "B"}
    status, _, text = send(server, cookie, fields, data)
    assert status == 422
    assert "image-unknown" in text
    assert "<b>7" not in text
    assert "&lt;b&gt;7" in text
    # A narrow page stacks the cells, and each then names its column itself.
    columns = re.findall(r'<th scope="col">(.+?)</th>', text)
    assert columns == ["Problem", "Where", "Found", "Expected", "What to do"]
    cells = re.findall(r'<td class="wrap" data-label="(.+?)">', text)
    assert cells == columns[1:] * text.count('<th scope="row">')
    style = server.ask("GET", "/app/assets/server.css")[2]
    assert ".stacked td::before { content:attr(data-label);" in style


def test_the_maintainer_sees_queue_and_failures_and_puts_back(server):
    from manyfaces.leaderboard.database import now
    from manyfaces.leaderboard.scoring import queue

    token, _ = server.account("Keeper", maintainer=True)
    _, ann = server.account("Unlucky")
    key = challenges.hand_in(server.board, ann, 31)
    at = now()
    while queue.claim(server.board.database, "w", at):
        at += queue.LEASE * 2
    status, seen = server.api("GET", "/api/maintainer", token)
    assert status == 200
    assert key in {row["id"] for row in seen["failures"]}
    cookie = server.log_in(token)
    text = server.ask("GET", "/app/maintain", Cookie=cookie)[2]
    assert "Unlucky" in text
    assert server.api("POST", f"/api/maintainer/submissions/{key}/requeue", token)[1]["state"] == (
        "queued"
    )
    work(server.board)


def test_health_and_metrics_count_without_secrets(server):
    token, _ = server.account("Metered")
    server.api("GET", "/api/account", token)
    assert server.api("GET", "/health")[1]["status"] == "ok"
    text = server.ask("GET", "/metrics")[2]
    assert re.search(r'manyfaces_submissions\{state="scored"\} \d', text)
    assert 'manyfaces_requests_total{method="GET",route="/api/account",status="200"}' in text
    for line in text.splitlines():
        label = r'\w+="[^"]*"'
        metric = rf"\w+(\{{{label}(,{label})*\}})? [0-9.e+-]+"
        assert re.fullmatch(rf"# TYPE \w+ \w+|{metric}", line), line
    assert token not in text


def test_an_unhealthy_board_says_so(server):
    path = server.board.folder.root / "commitment.json"
    data = path.read_bytes()
    path.unlink()
    try:
        assert server.api("GET", "/health") == (503, {"error": "the board is not healthy"})
    finally:
        path.write_bytes(data)


def test_the_site_is_served_with_its_own_scripts_alone(server):
    import base64
    import hashlib

    status, headers, text = server.ask("GET", "/")
    assert status == 200
    assert text.count('<a href="/app">Take part</a>') == 1
    assert "/app" not in (server.board.folder.site / "index.html").read_text()
    policy = headers["Content-Security-Policy"]
    for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert json.loads(server.ask("GET", "/board.json")[2])["title"] == "A challenge & more"
    assert server.ask("GET", "/ledger.jsonl")[1]["Content-Type"].startswith("application/x-ndjson")


def test_the_tabs_picture_is_there_on_forms_and_on_the_site(server):
    status, headers, text = server.ask("GET", "/favicon.ico")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")
    assert text.startswith("<svg")
    assert '<link rel="icon" href="/favicon.ico">' in server.ask("GET", "/app/login")[2]
    assert '<link rel="icon" href="data:image/svg+xml' in server.ask("GET", "/")[2]


def test_the_api_describes_itself(server):
    status, found = server.api("GET", "/api/openapi.json")
    assert status == 200
    assert {"/api/submissions/{key}/parts/{track}", "/api/archive", "/health"} <= set(
        found["paths"]
    )
    for operations in found["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
