"""The maintainer's button that has everything scored again."""

import pytest
from manyfaces.benchmark.protocol import Protocol
from manyfaces.core.files import write_json
from manyfaces.leaderboard.ledger import asked

pytest.importorskip("fastapi", reason="the server extra is not installed")
from serving import served

PATH = "/app/maintain/rescore"


@pytest.fixture
def server(scored):
    with served(scored) as running:
        running.keeper, _ = running.account("Keeper", maintainer=True)
        running.ann_too, _ = running.account("Ann too")
        yield running


def test_the_button_leads_to_who_moved_and_why(server):
    strict = Protocol(iou_thresholds=(0.5, 0.99), version="strict")
    write_json(server.board.folder.root / "protocol.json", strict.record())
    cookie = server.log_in(server.keeper)
    form = {"csrf": server.form_token(cookie)}
    page = server.ask("GET", "/app/maintain", Cookie=cookie)[2]
    assert f'action="{PATH}"' in page
    assert server.form(PATH, form, cookie)[0] == 303
    _, headers, page = server.ask("GET", "/app/maintain", Cookie=cookie)
    assert headers["Refresh"] == "5"
    assert "waits for a worker" in page
    assert f'action="{PATH}"' not in page
    status, _, text = server.form(PATH, form, cookie)
    assert (status, "already" in text) == (400, True)
    asked.answer(server.board.folder, server.board.database)
    _, headers, page = server.ask("GET", "/app/maintain", Cookie=cookie)
    assert headers["Refresh"] is None
    assert "3 scored again, 3 differ" in page
    assert '<td class="wrap">protocol</td>' in page
    assert f'action="{PATH}"' in page


def test_progress_and_failure_are_shown(server):
    folder, cookie = server.board.folder, server.log_in(server.keeper)
    row = {"state": "running", "by": "<b>K</b>", "asked": "2030-01-02T03:04:05Z", "tries": 1}
    write_json(folder.private / "rescoring.json", row | {"done": 3, "total": 7})
    page = server.ask("GET", "/app/maintain", Cookie=cookie)[2]
    assert "3 of 7 are scored" in page
    assert '<progress max="7" value="3"' in page
    assert "<b>K" not in page
    write_json(folder.private / "rescoring.json", row | {"state": "failed", "reason": "why"})
    assert "failed: why" in server.ask("GET", "/app/maintain", Cookie=cookie)[2]


def test_nobody_else_and_no_other_site_presses_it(server):
    ann, keeper = server.log_in(server.ann_too), server.log_in(server.keeper)
    good = {"csrf": server.form_token(keeper)}
    assert server.form(PATH, {"csrf": server.form_token(ann)}, ann)[0] == 403
    assert server.form(PATH, {}, keeper)[0] == 403
    assert server.form(PATH, good, keeper, Origin="http://evil.example")[0] == 403
    assert server.form(PATH, good)[1]["Location"] == "/app/login"
    for method in ("POST", "GET"):
        assert server.api(method, "/api/maintainer/rescore", server.ann_too)[0] == 403
        assert server.api(method, "/api/maintainer/rescore")[0] == 401
    assert asked.status(server.board.folder) is None


def test_the_api_asks_and_tells(server):
    where = "/api/maintainer/rescore"
    assert server.api("GET", where, server.keeper) == (200, {})
    status, told = server.api("POST", where, server.keeper)
    assert (status, told["state"], told["by"]) == (202, "asked", "Keeper")
    assert server.api("POST", where, server.keeper)[0] == 400
    asked.answer(server.board.folder, server.board.database)
    told = server.api("GET", where, server.keeper)[1]
    assert (told["state"], told["scored"], told["changed"]) == ("done", 3, 0)
