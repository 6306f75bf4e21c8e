from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import challenges
import pytest
from challenges import hand_in, member, work
from manyfaces.core.errors import SubmissionError, UsageError
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.database import now
from manyfaces.leaderboard.submissions.accounts import AccessError
from manyfaces.leaderboard.submissions.desk import Desk
from manyfaces.leaderboard.submissions.quota import LimitError
from manyfaces.leaderboard.submissions.views import (
    all_submissions,
    notices,
    submission_view,
    submissions_of,
    usage_of,
)


def states(board, who):
    return [row["state"] for row in submissions_of(board.database, who)]


def used(board, who):
    found = usage_of(board.database, who)
    return found.today, found.total, found.pending


def at(board, moment):
    return Desk(board.folder, board.database, lambda: moment)


def submit_at(board, who, moment, seed):
    files = challenges.files(board.folder.incoming / f"at-{seed}", seed)
    return at(board, moment).submit(who, Method(name="m", authors="A"), files)


def test_a_sound_submission_is_queued_with_times_and_uses_quota(board):
    ann = member(board)
    key = hand_in(board, ann)
    seen = submission_view(board.folder, board.database, ann, key)
    assert seen["state"] == "queued"
    assert [event["state"] for event in seen["events"]] == ["received"] * 3 + ["queued"]
    assert all(event["time"].endswith("Z") for event in seen["events"])
    assert [part["track"] for part in seen["parts"]] == ["clean", "dark"]
    assert used(board, ann) == (1, 1, 1)


def test_a_refused_submission_says_why_and_uses_no_quota(board):
    ann = member(board)
    rows = challenges.predictions()
    rows[0]["score"] = 7
    files = challenges.files(board.folder.incoming / "x", 1)
    challenges.write(files["dark"], rows)
    key, checked = board.desk.submit(ann, Method(name="m", authors="A"), files)
    assert [problem.code for part in checked for problem in part.problems] == ["score-range"]
    seen = submission_view(board.folder, board.database, ann, key)
    assert (seen["state"], used(board, ann)) == ("refused", (0, 0, 0))
    assert "dark" in seen["reason"]
    assert "score-range" in " ".join(event["reason"] for event in seen["events"])
    assert [part["track"] for part in seen["parts"]] == ["clean"]
    assert not any(path.is_file() for path in files.values())


def test_one_split_alone_is_refused_by_name(board):
    files = challenges.files(board.folder.incoming / "x", splits={"val": challenges.SPLITS["val"]})
    _, checked = board.desk.submit(member(board), Method(name="m", authors="A"), files)
    (problem,) = checked[0].problems
    assert (problem.code, problem.expected) == ("split-missing", "entries for test as well")


def test_every_limit_is_kept_and_a_day_ends(board):
    ann, start = member(board), now()
    hand_in(board, ann, 1)
    hand_in(board, ann, 2)
    with pytest.raises(LimitError, match="at once"):
        hand_in(board, ann, 3)
    work(board)
    hand_in(board, ann, 4)
    work(board)
    with pytest.raises(LimitError, match=r"24 hours.*The next one is possible at"):
        hand_in(board, ann, 5)
    submit_at(board, ann, start + timedelta(hours=25), 6)
    assert used(board, ann)[1] == 4
    work(board)
    submit_at(board, ann, start + timedelta(hours=50), 7)
    work(board)
    with pytest.raises(LimitError, match="in all"):
        submit_at(board, ann, start + timedelta(hours=75), 8)
    assert states(board, ann).count("refused") == 3


def test_limits_hold_when_all_come_at_once(board):
    ann = member(board)

    def one(seed):
        try:
            return hand_in(board, ann, seed)
        except LimitError:
            return None

    with ThreadPoolExecutor(6) as pool:
        keys = [key for key in pool.map(one, range(6)) if key]
    assert len(keys) == board.folder.rules.limits.at_once
    assert used(board, ann) == (2, 2, 2)


def test_limits_are_an_accounts_own_and_not_a_baselines(board):
    keeper = member(board, "Keeper", maintainer=True)
    for seed in range(4):
        hand_in(board, keeper, seed, name=f"b{seed}", baseline=True)
    hand_in(board, member(board), 9)
    with pytest.raises(AccessError, match="only a maintainer"):
        hand_in(board, member(board, "Bob"), 10, baseline=True)


def test_closed_is_closed(board):
    ann, rules = member(board), board.folder.rules
    for moment in (rules.opens - timedelta(seconds=1), rules.closes):
        with pytest.raises(SubmissionError, match="takes no submissions now"):
            at(board, moment).begin(ann, Method(name="m", authors="A"))


def test_what_is_required_must_be_said(board):
    with pytest.raises(SubmissionError, match="nothing for authors"):
        board.desk.begin(member(board), Method(name="m"))


def test_the_same_files_are_not_scored_twice_for_one_account(board):
    ann, bob = member(board), member(board, "Bob")
    first = hand_in(board, ann, 1)
    with pytest.raises(SubmissionError, match=f"earlier submission .got {first}"):
        hand_in(board, ann, 1, name="again")
    hand_in(board, bob, 1)
    assert used(board, ann) == (1, 1, 1)


def test_near_identical_files_are_noticed_by_the_maintainer_alone(board):
    ann, bob = member(board), member(board, "Bob")
    rows = challenges.predictions(5)
    place = board.folder.incoming / "a"
    board.desk.submit(
        ann, Method(name="m", authors="A"), {"clean": challenges.write(place / "1", rows)}
    )
    rows[0]["score"] = 0.111
    key, _ = board.desk.submit(
        bob, Method(name="n", authors="B"), {"clean": challenges.write(place / "2", rows)}
    )
    (notice,) = notices(board.database)
    assert notice["submission"] == key
    assert "clean is near-identical to" in notice["reason"]
    seen = submission_view(board.folder, board.database, bob, key)
    assert "near-identical" not in str(seen)
    hand_in(board, bob, 77)
    assert len(notices(board.database)) == 1


def test_names_of_others_and_their_lookalikes_are_taken(board):
    hand_in(board, member(board), 1, name="Best Net")
    with pytest.raises(SubmissionError, match="another account has a method"):
        hand_in(board, member(board, "Bob"), 2, name="bést  NET")
    with pytest.raises(SubmissionError, match="account of this name"):
        member(board, "ANN")


def test_nobody_reaches_the_submission_of_another(board):
    ann, bob, keeper = member(board), member(board, "Bob"), member(board, "K", maintainer=True)
    key = hand_in(board, ann)
    for act in (
        lambda who: submission_view(board.folder, board.database, who, key),
        lambda who: board.desk.withdraw(who, key),
        lambda who: board.desk.choose(who, key),
        lambda who: board.desk.hand_in(who, key),
    ):
        with pytest.raises(AccessError, match="no such submission"):
            act(bob)
    assert submission_view(board.folder, board.database, keeper, key)["account"] == "Ann"


def test_the_final_one_is_the_participants_choice(scored):
    from manyfaces.leaderboard.publishing import standing
    from manyfaces.leaderboard.submissions.accounts import account_named

    ann = account_named(scored.database, "Ann")
    assert [row.name for row in standing(scored.database)] == ["other", "second"]
    keys = {row["name"]: row["id"] for row in submissions_of(scored.database, ann)}
    scored.desk.choose(ann, keys["first"])
    assert [row.name for row in standing(scored.database)] == ["first", "other"]
    scored.desk.choose(ann, keys["second"])
    assert [row["final"] for row in submissions_of(scored.database, ann)] == [True, False]
    scored.desk.withdraw(ann, keys["second"])
    assert [row.name for row in standing(scored.database)] == ["first", "other"]
    with pytest.raises(SubmissionError, match="only a scored submission"):
        scored.desk.choose(ann, keys["second"])
    assert used(scored, ann) == (2, 2, 0)


def test_nothing_is_taken_or_chosen_once_the_truth_is_public(scored):
    from manyfaces.leaderboard.ledger.follow import reveal_truth
    from manyfaces.leaderboard.submissions.accounts import account_named

    ann = account_named(scored.database, "Ann")
    draft = scored.desk.begin(ann, Method(name="draft", authors="A"))
    key = submissions_of(scored.database, ann)[-1]["id"]
    reveal_truth(scored.folder, scored.database)
    for act in (
        lambda: scored.desk.begin(ann, Method(name="late", authors="A")),
        lambda: scored.desk.hand_in(ann, draft),
        lambda: scored.desk.choose(ann, key),
    ):
        with pytest.raises(SubmissionError, match="has ended: its truth is public"):
            act()


def test_a_draft_takes_files_one_by_one_and_is_closed_after(board):
    ann = member(board)
    key = board.desk.begin(ann, Method(name="m", authors="A"))
    with pytest.raises(SubmissionError, match="has no files"):
        board.desk.hand_in(ann, key)
    files = challenges.files(board.folder.incoming / "x")
    for track, path in files.items():
        board.desk.add_part(ann, key, path, board.desk.check(track, path))
    board.desk.hand_in(ann, key)
    again = challenges.files(board.folder.incoming / "x", 2)["clean"]
    with pytest.raises(SubmissionError, match="takes no more files"):
        board.desk.add_part(ann, key, again, board.desk.check("clean", again))
    with pytest.raises(UsageError, match="no such track"):
        board.desk.check("../clean", again)
    assert len(all_submissions(board.database, ["queued"])) == 1


def test_open_drafts_are_few(board):
    ann = member(board)
    for number in range(10):
        board.desk.begin(ann, Method(name=f"m{number}", authors="A"))
    with pytest.raises(LimitError, match="too many submissions are open"):
        board.desk.begin(ann, Method(name="m", authors="A"))
