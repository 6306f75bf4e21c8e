"""What every host's bundle is made of: programs, a sample submission, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from ... import __version__
from ...core.archive import Members
from ...core.files import to_json
from ..challenge.folder import ChallengeFolder
from ..challenge.kit import example
from ..challenge.method import Method
from ..challenge.rules import Challenge
from ..submissions.archives import METHOD
from .options import Options

RUNNER: Final = "runner.py"
SETTINGS: Final = "settings.json"
_LINKS: Final = ("paper", "code")


def program_members(
    program: str, name: str, options: Options, settings: Mapping[str, Any]
) -> Members:
    """A host's program with all that it needs.

    Args:
        program: its module in ``programs``.
        name: of its file at the host.
        options: how it gets manyfaces.
        settings: what it alone needs to know.
    """
    known = {"manyfaces": __version__, "requirement": options.requirement, **settings}
    wheel = {} if options.wheel is None else {options.wheel.name: options.wheel}
    return {
        name: source(f"{program}.py"),
        RUNNER: source(RUNNER),
        SETTINGS: to_json(known, indent=True),
        **wheel,
    }


def source(name: str) -> bytes:
    """A file of ``programs``."""
    return (files(__package__) / "programs" / name).read_bytes()


def sample_members(folder: ChallengeFolder) -> Members:
    """A submission that every host takes: random boxes that know nothing of the truth."""
    stated = dict.fromkeys(folder.rules.required, "none") | {
        name: "https://example.org" for name in _LINKS if name in folder.rules.required
    }
    method = Method.model_validate({"name": "random boxes", **stated})
    tracks = {
        f"{track}.json": to_json(example(folder.manifest(track)))
        for track in folder.rules.track_names
    }
    return {METHOD: to_json(method.model_dump(), indent=True), **tracks}


def start_members(folder: ChallengeFolder) -> Members:
    """What a participant starts from, without pictures: manifests and the sample."""
    manifests = {
        f"manifests/{track}.json": folder.manifest_file(track) for track in folder.rules.track_names
    }
    sample = {f"example/{name}": content for name, content in sample_members(folder).items()}
    return {**manifests, **sample}


def naive(time: datetime) -> datetime:
    """A time in UTC without its zone, to the second: as hosts read them."""
    return time.replace(microsecond=0, tzinfo=None)


def shortened(text: str, most: int) -> str:
    """A text in one line of so many characters at most."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def decimals_shown(folder: ChallengeFolder) -> int:
    """Digits that a host's board shows."""
    return 6 if folder.revealed else folder.rules.decimals


def split_names(rules: Challenge) -> Sequence[tuple[str, str]]:
    """Split → what participants call it."""
    titles = ("Public split", "Hidden split")
    return [(split, titles[number]) for number, split in enumerate(rules.splits.names)]
