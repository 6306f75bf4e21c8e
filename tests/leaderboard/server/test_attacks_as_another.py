"""Strangers who pose as others: paths out of the site, forged tokens, forms from elsewhere."""

import re

import pytest
from challenges import hand_in

pytest.importorskip("fastapi", reason="the server extra is not installed")
from manyfaces.leaderboard.submissions.accounts import renew_token, set_disabled

# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/../private/salt.txt",
        "/../../../../../../etc/passwd",
        "/%2e%2e/private/salt.txt",
        "/..%2fprivate%2fsalt.txt",
        "/..%5cprivate%5csalt.txt",
        "/%252e%252e/private/salt.txt",
        "//etc/passwd",
        "/entries/../../private/data.json",
        "/./../private/truth/clean/test.json",
        "/board.json%00.html",
        "/.%00/private",
        "/%ff%fe/board.json",
        "/" + "a" * 9000,
        "/" + "a/" * 400 + "x",
        "/board.db",
        "/private/truth/clean/test.json",
    ],
)
def test_no_path_leads_out_of_the_site(server, path):
    status, _, text = server.ask("GET", path)
    assert status in {400, 404}
    assert server.board.folder.salt not in text
    assert "root:" not in text


def test_a_link_in_the_site_leads_nowhere(server):
    link = server.board.folder.site / "leak.txt"
    link.symlink_to(server.board.folder.private / "salt.txt")
    try:
        assert server.ask("GET", "/leak.txt")[0] == 404
    finally:
        link.unlink()


@pytest.mark.parametrize(
    "track", ["..%2f..%2fsalt.txt", "clean%00", "night", "'%20OR%201=1--", "%F0%9F%98%80"]
)
def test_no_track_is_a_path_or_a_query(server, draft, track):
    assert server.api("PUT", f"{draft}/parts/{track}", server.ann, body=b"[]")[0] in {
        400,
        404,
        405,
        422,
    }


# Who one is


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer mf_wrong", "Bearer null", "Basic QW5uOnB3",
        "Bearer ' OR '1'='1",
        "Bearer mf_\xff\xfe", "Bearer " + "x" * 20_000, "bearer\tmf_",
    ],
    ids=range(10),
)  # fmt: skip
def test_a_forged_token_opens_nothing(server, header):
    status, _, text = server.ask("GET", "/api/account", Authorization=header.encode("latin-1"))
    assert (status, "Ann" in text) in {(401, False), (400, False)}


def test_a_token_in_the_address_is_not_taken(server):
    assert server.ask("GET", f"/api/account?token={server.ann}&access_token={server.ann}")[0] == 401


def test_a_disabled_account_is_out_at_once_with_its_sessions(server):
    token, _ = server.account("Gone")
    cookie = server.log_in(token)
    set_disabled(server.board.database, "Gone", True)
    assert server.api("GET", "/api/account", token)[0] == 401
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 303


def test_a_new_token_ends_old_sessions(server):
    token, _ = server.account("Renewed")
    cookie = server.log_in(token)
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 200
    renew_token(server.board.database, "Renewed")
    assert server.ask("GET", "/app", Cookie=cookie)[0] == 303


def test_a_forged_or_changed_cookie_is_nobody(server):
    cookie = server.log_in(server.ann)
    name, _, value = cookie.partition("=")
    number, expires, mark, signature = value.split(".")
    forged = [
        f"{int(number) + 1}.{expires}.{mark}.{signature}",
        f"{number}.{int(expires) + 9999}.{mark}.{signature}",
        f"{number}.{expires}.{mark}.{'0' * 64}",
        f"{number}.{expires}.{mark}.", "....", "1.2.3", "", "x" * 4000,
    ]  # fmt: skip
    for text in forged:
        assert server.ask("GET", "/app", Cookie=f"{name}={text}")[0] == 303


def test_a_session_is_no_token_for_the_api(server):
    assert server.ask("GET", "/api/account", Cookie=server.log_in(server.ann))[0] == 401


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(server):
    _, headers, _ = server.form("/app/login", {"token": server.ann})
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(headers["Set-Cookie"].split("; "))


def test_participants_are_no_maintainers(server):
    for method, path in (
        ("GET", "/api/maintainer"),
        ("POST", f"/api/maintainer/submissions/{'0' * 16}/requeue"),
    ):
        assert server.api(method, path, server.ann)[0] == 403
    assert server.ask("GET", "/app/maintain", Cookie=server.log_in(server.ann))[0] == 403


def test_nothing_of_another_account_can_be_read_or_changed(server, draft):
    for method, path in (
        ("GET", draft), ("DELETE", draft), ("POST", f"{draft}/hand-in"), ("POST", f"{draft}/final"),
        ("PUT", f"{draft}/parts/clean"),
    ):  # fmt: skip
        status, told = server.api(method, path, server.bob, body=b"[]")
        unknown = server.api(
            method, re.sub(r"[0-9a-f]{16}", "0" * 16, path), server.bob, body=b"[]"
        )
        assert status == unknown[0] == 404
        assert re.sub(r"[0-9a-f]{16}", "", told["error"]) == re.sub(
            r"[0-9a-f]{16}", "", unknown[1]["error"]
        )


def test_a_baseline_cannot_be_claimed(server):
    claimed = {"name": "b", "authors": "A", "baseline": True}
    assert server.api("POST", "/api/submissions", server.ann, claimed)[0] == 422


# Forms from other sites


def test_a_form_without_its_token_does_nothing(server):
    cookie = server.log_in(server.ann)
    key = hand_in(server.board, server.ann_member, 500)
    other = server.form_token(server.log_in(server.bob))
    for values in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": other}, {"csrf": "\ud7ff"}):
        assert server.form(f"/app/submissions/{key}/withdraw", values, cookie)[0] == 403
    assert server.api("GET", f"/api/submissions/{key}", server.ann)[1]["state"] == "queued"


@pytest.mark.parametrize("path", ["/app/login", "/app/register", "/app/logout", "/app/submit"])
def test_a_form_from_another_site_is_refused(server, path):
    cookie = server.log_in(server.ann)
    values = {"csrf": server.form_token(cookie), "token": server.ann, "name": "Elsewhere"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ):
        assert server.form(path, values, cookie, **headers)[0] == 403


def test_forms_change_nothing_by_get(server):
    cookie = server.log_in(server.ann)
    key = hand_in(server.board, server.ann_member, 501)
    assert server.ask("GET", f"/app/submissions/{key}/withdraw", Cookie=cookie)[0] in {404, 405}
    assert server.ask("GET", "/app/logout", Cookie=cookie)[0] in {404, 405}
