import re
from uuid import UUID
from xml.etree import ElementTree

from board_entries import HASHES, content, entry
from manyfaces.leaderboard.site import feed as feed_module
from manyfaces.leaderboard.site.facts import Event
from manyfaces.leaderboard.site.feed import atom

NS = "{http://www.w3.org/2005/Atom}"
NET = entry("net", clean=0.51239, date="2026-02-01", authors="A <a@b>", description="x & y")
OLD = entry("old", clean=0.4, date="2026-01-01T10:00:00+02:00")


def parsed(found):
    data = atom(found)
    assert data.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns=")
    return ElementTree.fromstring(data)


def texts(feed, path):
    return [found.text for found in feed.findall(path.replace("/", f"/{NS}").replace("^", NS))]


def test_every_element_that_the_standard_wants_is_there_once():
    feed = parsed(content([NET, OLD]))
    for parent in (feed, *feed.findall(f"{NS}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(NS + name)) == 1
        key = parent.find(f"{NS}id").text
        assert key == UUID(key).urn
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", parent.find(f"{NS}updated").text)
    assert texts(feed, "^author/name") == ["A & B"]
    ids = texts(feed, "^id") + texts(feed, "^entry/id")
    assert len(set(ids)) == 3
    relations = [link.get("rel") for link in feed.findall(f"{NS}link")]
    assert relations == ["self", "alternate"]
    assert texts(feed, "^updated") == ["2026-02-01T00:00:00Z"]


def test_the_newest_stands_first_with_its_number_and_its_page():
    feed = parsed(content([NET, OLD], decimals=1))
    assert texts(feed, "^entry/title") == ["New: net", "New: old"]
    assert texts(feed, "^entry/updated") == ["2026-02-01T00:00:00Z", "2026-01-01T08:00:00Z"]
    assert texts(feed, "^entry/content")[0] == "New: net. Overall mask AP: 0.5. x & y"
    assert texts(feed, "^entry/author/name") == ["A <a@b>"]
    (first, _) = feed.findall(f"{NS}entry")
    assert first.find(f"{NS}link").get("href") == f"entries/{NET.id[:16]}.html"


def test_an_address_makes_links_whole_and_changes_no_id():
    near, far = parsed(content([NET])), parsed(content([NET], url="https://b.example/x/"))
    assert far.find(f"{NS}link").get("href") == "https://b.example/x/feed.xml"
    link = far.find(f"{NS}entry/{NS}link").get("href")
    assert link == f"https://b.example/x/entries/{NET.id[:16]}.html"
    for path in ("^id", "^entry/id"):
        assert texts(near, path) == texts(far, path)


def test_ids_stay_when_entries_come_and_differ_between_boards():
    one, two = parsed(content([NET])), parsed(content([NET, OLD]))
    assert texts(one, "^id") == texts(two, "^id")
    assert set(texts(one, "^entry/id")) < set(texts(two, "^entry/id"))
    other = entry("net", {**HASHES, "truth": "u" * 64}, clean=0.5, date="2026-02-01")
    assert texts(parsed(content([other])), "^id") != texts(one, "^id")


def test_what_happened_twice_is_told_twice_and_the_number_once():
    at = "2026-01-0{}T00:00:00Z".format
    events = [
        Event("opened", at(1), "0"),
        Event("new", at(2), "1", "net", NET.id, "1" * 64),
        Event("new", at(2), "2", "gone", "", "2" * 64),
        Event("rescored", at(3), "3", "net", NET.id, "3" * 64),
        Event("withdrawn", at(4), "withdrawn/x", "gone"),
    ]
    feed = parsed(content([NET], identity="i", events=events))
    assert texts(feed, "^entry/title") == [
        "Withdrawn: gone",
        "Scored again: net",
        "New: gone",
        "New: net",
    ]
    words = texts(feed, "^entry/content")
    assert words[0] == "Withdrawn: gone."
    assert (
        words[1]
        == f"Scored again: net. Overall mask AP: 0.512. x & y Record {'3' * 64} of the ledger."
    )
    assert words[3] == f"New: net. Record {'1' * 64} of the ledger."


def test_what_has_no_date_is_no_news_and_an_empty_feed_is_a_feed():
    feed = parsed(content([entry("undated", clean=0.1)]))
    assert texts(feed, "^entry/id") == []
    assert texts(feed, "^updated") == ["1970-01-01T00:00:00Z"]
    assert texts(parsed(content([])), "^title") == ["A & B"]


def test_characters_that_xml_cannot_hold_do_not_break_it():
    feed = parsed(content([entry("a\x00b\x1b <i>&", clean=0.1, date="2026")]))
    assert texts(feed, "^entry/title") == [
        "New: a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER} <i>&"
    ]


def test_only_the_newest_are_told(monkeypatch):
    monkeypatch.setattr(feed_module, "MOST", 2)
    rows = [entry(f"n{day}", clean=0.1, date=f"2026-01-0{day}") for day in range(1, 5)]
    assert texts(parsed(content(rows)), "^entry/title") == ["New: n4", "New: n3"]
