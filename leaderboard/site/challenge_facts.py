"""What a challenge's folder and database say beside the scores: events, tracks, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select

from ..challenge.folder import ChallengeFolder
from ..challenge.rules import Challenge, TrackRules
from ..database import Database, now
from ..entries import Entry
from ..ledger.chain import records
from ..tables import Event, Part, Submission
from .events import Withdrawal, challenge_events
from .examples import Gallery, chosen
from .facts import About, DrawnPicture, Facts, TrackFacts

HIDDEN: Final = "hidden"  # the folder of the hidden split's board within the site


def challenge_facts(
    folder: ChallengeFolder,
    database: Database,
    own: Mapping[str, str],
    added: Sequence[Entry] = (),
    *,
    hidden: str = "",
) -> Facts:
    """What a challenge's board says beside its scores: events, tracks, pictures.

    Args:
        own: submission → id of its entry, for those on the board.
        added: entries by hand.
        hidden: folder of the hidden split's board within the site; empty for the public one,
            which alone shows pictures.
    """
    chain = records(folder.ledger)
    below = f"{hidden}/" if hidden else ""
    address = folder.rules.url.rstrip("/")
    return Facts(
        # The first record is the board's own for good; a feed needs ids that never change.
        identity=f"{chain[0].sha256}/{hidden}" if chain else "",
        url=f"{address}/{below}" if address else "",
        events=challenge_events(chain, withdrawals(database), own, added),
        tracks={track.name: _track_facts(folder, track) for track in folder.rules.tracks},
        pictures={} if hidden else _pictures(folder, database, own),
        about=_about(folder, hidden),
    )


def _about(folder: ChallengeFolder, hidden: str) -> About:
    """The challenge in words, beside the public (or the hidden) split's scores."""
    rules = folder.rules
    public, other = rules.splits.public, rules.splits.hidden or ""
    seen = bool(other) and rules.shows_hidden(now(), revealed=folder.revealed)
    return About(
        split=other if hidden else public,
        opens=f"{rules.opens:%Y-%m-%d %H:%M}",
        closes=f"{rules.closes:%Y-%m-%d %H:%M}",
        description=rules.description,
        terms=rules.terms,
        contact=rules.contact,
        other=public if hidden else other,
        page="../index.html" if hidden else f"{HIDDEN}/index.html" if seen else "",
        shown=_shown(rules),
        revealed=folder.revealed,
    )


def _shown(rules: Challenge) -> str:
    """When scores of the hidden split can be seen."""
    if rules.hidden_shown == "reveal":
        return "with the truth, after the end"
    return f"from {rules.hidden_shown:%Y-%m-%d %H:%M} UTC"


def withdrawals(database: Database) -> list[Withdrawal]:
    """Scored submissions that were withdrawn, and when."""
    query = (
        select(Submission.id, Submission.name, func.max(Event.time))
        .join(Event, Event.submission_id == Submission.id)
        .where(Submission.state == "withdrawn", Submission.record.is_not(None))
        .where(Event.state == "withdrawn")
        .group_by(Submission.id, Submission.name)
        .order_by(Submission.id)
    )
    with database.read() as session:
        return [
            Withdrawal(key, name, f"{time:%Y-%m-%dT%H:%M:%SZ}")
            for key, name, time in session.execute(query)
        ]


def _track_facts(folder: ChallengeFolder, track: TrackRules) -> TrackFacts:
    recipe = folder.recipe(track.name)
    return TrackFacts(track.description, recipe["track"], recipe["version"], recipe["sha256"])


def _pictures(
    folder: ChallengeFolder, database: Database, own: Mapping[str, str]
) -> dict[str, list[DrawnPicture]]:
    """Entry's id → drawn pictures of the first track, as many as the rules want."""
    gallery, track = _gallery(folder), folder.rules.track_names[0]
    if not folder.rules.examples:
        gallery.forget_others([])
        return {}
    query = select(Part.submission_id, Part.sha256).where(Part.track == track)
    with database.read() as session:
        files = [(key, digest) for key, digest in session.execute(query) if key in own]
    found = {own[key]: gallery.of(folder.predictions / digest) for key, digest in sorted(files)}
    gallery.forget_others([picture for row in found.values() for picture in row])
    return found


def _gallery(folder: ChallengeFolder) -> Gallery:
    rules, track = folder.rules, folder.rules.track_names[0]
    rows = chosen(folder.manifest(track), rules.splits.public, rules.examples)
    data = folder.data(track)
    return Gallery(folder.private / "examples", data, rows, rules.limits.file_size)
