import json
from xml.etree import ElementTree

import pytest
from board_entries import Page
from challenges import SIZE, SPLITS, hand_in, manifest
from manyfaces.annotations.manifest import Manifest
from manyfaces.core.images import read_image
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.ledger.follow import reveal_truth
from manyfaces.leaderboard.publishing import publish_challenge
from manyfaces.leaderboard.site.examples import SCORE, chosen
from manyfaces.leaderboard.submissions.accounts import account_named


def with_rules(board, **fields):
    """The same board, its rules changed."""
    path = board.folder.root / "challenge.yaml"
    kept = [line for line in path.read_text().splitlines() if line.split(":")[0] not in fields]
    lines = [f"{name}: {json.dumps(value)}" for name, value in fields.items()]
    path.write_text("\n".join([*kept, *lines]) + "\n")
    return open_board(board.folder.root)


def published(board):
    publish_challenge(board.folder, board.database)
    return board.folder.site


def page(site, name):
    return Page((site / name).read_text())


def test_the_history_is_the_ledger_with_the_values_of_those_who_stand(scored):
    site = published(scored)
    words = page(site, "history.html").words
    chain = [json.loads(line) for line in scored.folder.ledger.read_text().splitlines()]
    assert words.count("scored") >= 3
    for name in ("first", "second", "other", "challenge opened"):
        assert name in words
    # Ann's first submission was replaced by her second: it has no page and no value.
    board = json.loads((site / "board.json").read_text())
    standing = {row["name"] for row in board["entries"]}
    assert standing == {"second", "other"}
    record = chain[1]
    assert record["body"]["method"]["name"] == "first"
    text = (site / "history.html").read_text()
    assert '<td class="left">first</td><td></td>' in text
    assert ">second</a></td><td>0." in text


def test_each_board_says_whose_scores_it_shows_and_leads_to_the_other_once_it_may(scored):
    board = with_rules(scored, description="Find <them>.", terms="No peeking.", contact="a@b.org")
    site = published(board)
    text = (site / "index.html").read_text()
    for words in ("Find &lt;them&gt;.", "Terms: No peeking.", "Questions: a@b.org."):
        assert words in text
    assert "those on <em>test</em> are shown with the truth, after the end." in text
    assert "hidden/" not in text
    assert "Submissions are taken from" in text
    reveal_truth(board.folder, board.database)
    published(board)
    text = (site / "index.html").read_text()
    assert "The challenge has ended; its truth is public." in text
    assert 'Scores on the split <em>val</em>; there is also <a href="hidden/index.html">' in text
    text = (site / "hidden" / "index.html").read_text()
    assert 'Scores on the split <em>test</em>; there is also <a href="../index.html">' in text
    assert '<a href="../challenge.json">' in text
    entry = next((site / "hidden" / "entries").iterdir()).read_text()
    assert "--truth reveal/truth/TRACK/test.json --only-known</code>" in entry


def test_who_withdraws_is_named_in_history_and_feed_once_it_was_scored(scored):
    ann = account_named(scored.database, "Ann")
    second = [row for row in scored.folder.ledger.read_text().splitlines() if '"second"' in row]
    scored.desk.withdraw(ann, json.loads(second[0])["body"]["submission"])
    bob = account_named(scored.database, "Bob")
    waiting = hand_in(scored, bob, 9, name="never scored")
    scored.desk.withdraw(bob, waiting)
    site = published(scored)
    assert "withdrawn second" in page(site, "history.html").words
    feed = (site / "feed.xml").read_text()
    assert "Withdrawn: second" in feed
    assert "never scored" not in feed
    assert "never scored" not in (site / "history.html").read_text()


def test_what_is_withdrawn_publishes_the_board_again(scored):
    publisher = scored.publisher
    publisher.look(at_once=True)
    assert not publisher.look(at_once=True)
    ann = account_named(scored.database, "Ann")
    first = [row for row in scored.folder.ledger.read_text().splitlines() if '"first"' in row]
    # It is not on the board, yet in its history.
    scored.desk.withdraw(ann, json.loads(first[0])["body"]["submission"])
    assert publisher.look(at_once=True)


def test_the_feeds_of_both_splits_differ_in_their_ids_and_keep_them(scored):
    board = with_rules(scored, url="https://board.example/faces")
    before = (published(scored) / "feed.xml").read_bytes()
    reveal_truth(board.folder, board.database)
    site = published(board)
    ns = {"a": "http://www.w3.org/2005/Atom"}
    old = ElementTree.fromstring(before)
    new, hidden = (ElementTree.parse(site / at / "feed.xml").getroot() for at in (".", "hidden"))
    ids = [[key.text for key in feed.findall(".//a:id", ns)] for feed in (old, new, hidden)]
    assert ids[0] == ids[1]
    assert not set(ids[1]) & set(ids[2])
    (first, *_) = hidden.findall("a:link", ns)
    assert first.get("href") == "https://board.example/faces/hidden/feed.xml"


def test_a_track_says_what_the_rules_and_its_recipe_say(scored):
    words = page(published(scored), "tracks/clean.html").words
    assert "the pictures as they are" in words
    assert scored.folder.recipe("clean")["sha256"] in words


def test_no_page_shows_a_picture_unless_the_rules_want_it(scored):
    site = published(scored)
    assert not (site / "examples").exists()
    assert not any(page(site, name).all("img") for name in ("index.html", "history.html"))


@pytest.fixture
def shown(scored):
    board = with_rules(scored, examples=2)
    return board, published(board)


def pictures(site):
    return sorted((site / "examples").glob("*.jpg"))


def test_every_entry_shows_the_same_pictures_with_its_own_faces(shown):
    board, site = shown
    entries = json.loads((site / "board.json").read_text())["entries"]
    rows = chosen(board.folder.manifest("clean"), "val", 2)
    assert [path.name for path in pictures(site)] == sorted(
        f"{entry['id'][:16]}-{row.id}.jpg" for entry in entries for row in rows
    )
    found = page(site, f"entries/{entries[0]['id'][:16]}.html")
    assert [attrs["src"] for attrs in found.all("img")] == [
        f"../examples/{entries[0]['id'][:16]}-{row.id}.jpg" for row in rows
    ]
    assert all("faces outlined as real" in attrs["alt"] for attrs in found.all("img"))
    for path in pictures(site):
        assert read_image(path).shape[:2] == SIZE


def test_faces_are_drawn_from_one_score_on_and_counted(shown):
    board, site = shown
    (entry,) = [
        e for e in json.loads((site / "board.json").read_text())["entries"] if e["name"] == "other"
    ]
    rows = json.loads(
        (board.folder.predictions / entry["hashes"]["predictions/clean"]).read_bytes()
    )
    found = page(site, f"entries/{entry['id'][:16]}.html")
    for attrs in found.all("img"):
        image_id = int(attrs["src"].rsplit("-", 1)[1].removesuffix(".jpg"))
        own = [row for row in rows if row["image_id"] == image_id and row["score"] >= SCORE]
        fakes = sum(row["category_id"] for row in own)
        assert attrs["alt"].endswith(
            f"with {len(own) - fakes} faces outlined as real and {fakes} as fake"
        )


def test_a_drawing_is_made_once_and_kept_no_longer_than_it_is_shown(shown):
    board, site = shown
    kept = sorted((board.folder.private / "examples").iterdir())
    assert len(kept) == 4
    stamps = [path.stat().st_mtime_ns for path in kept]
    before = [path.read_bytes() for path in pictures(site)]
    published(board)
    assert [path.stat().st_mtime_ns for path in kept] == stamps
    assert [path.read_bytes() for path in pictures(site)] == before
    published(with_rules(board, examples=0))
    assert list((board.folder.private / "examples").iterdir()) == []
    assert not pictures(site)


def test_a_picture_that_is_gone_or_changed_is_left_out(shown, made):
    board, site = shown
    first, _ = chosen(board.folder.manifest("clean"), "val", 2)
    for path in (board.folder.private / "examples").iterdir():
        path.unlink()
    elsewhere = board.folder.root.parent / "moved"
    (elsewhere / first.file_name).parent.mkdir(parents=True)
    (elsewhere / first.file_name).write_bytes(
        (made / "data" / "clean" / first.file_name).read_bytes()
    )
    places = {track: str(elsewhere) for track in ("clean", "dark")}
    (board.folder.private / "data.json").write_text(json.dumps(places))
    published(board)
    assert {path.stem.rsplit("-", 1)[1] for path in pictures(site)} == {str(first.id)}
    (elsewhere / first.file_name).write_bytes(b"another picture")
    for path in (board.folder.private / "examples").iterdir():
        path.unlink()
    published(board)
    assert not pictures(site)


def test_which_pictures_are_shown_depends_on_no_other_picture():
    whole = manifest({"val": range(1, 101), "test": range(101, 200)})
    found = chosen(whole, "val", 5)
    others = [row for row in whole.images if row not in found]
    left = Manifest((*found, *others[::2]))
    assert chosen(left, "val", 5) == found
    assert {row.split for row in found} == {"val"}
    without = Manifest(tuple(row for row in whole.images if row != found[0]))
    assert len(set(chosen(without, "val", 5)) & set(found)) == 4


def test_hidden_pictures_are_never_shown(shown):
    board, site = shown
    reveal_truth(board.folder, board.database)
    published(board)
    assert pictures(site)
    assert not (site / "hidden" / "examples").exists()
    ids = {int(path.stem.rsplit("-", 1)[1]) for path in pictures(site)}
    assert ids <= set(SPLITS["val"])
