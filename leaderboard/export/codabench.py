"""Codabench: a phase for each split, the hidden one later; what stands on the board moves on.

Hidden columns would not do: Codabench sends a submission's owner all of its scores. The bundle
keeps to version 2 as ``src/apps/competitions/unpackers/v2.py`` of codalab/codabench reads it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from ...core.archive import Members, write_zip
from ..challenge.folder import ChallengeFolder
from ..challenge.rules import Challenge
from .columns import column_names
from .logo import draw_logo
from .options import Options
from .pages import PAGES, participants_pages
from .parts import (
    decimals_shown,
    naive,
    program_members,
    sample_members,
    shortened,
    split_names,
    start_members,
)
from .reference import reference_members

UPLOAD: Final = "codabench.zip"
PROGRAM: Final = "scoring_program.zip"
SAMPLE: Final = "solution.zip"
START: Final = "starting_kit.zip"
COMMAND: Final = "python3 /app/program/scoring.py /app/input /app/output"
SECONDS: Final = 3900  # that a run may take: the hour of the program, and its installation
TITLE: Final = 36  # characters of a column's title
# Where the day of the reveal is not known, the hidden phase waits for the maintainer.
SOMEDAY: Final = datetime(2100, 1, 1)  # UTC; hosts read no zone
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def private_members(rules: Challenge) -> tuple[str, ...]:
    """What holds the truth: a zip for each split."""
    return tuple(f"reference_{number}.zip" for number, _ in enumerate(rules.splits.names))


def column_keys(rules: Challenge) -> dict[str, str]:
    """Column → its key in ``scores.json``; keys are short, tracks' names need not be."""
    return {name: f"column_{number}" for number, name in enumerate(column_names(rules))}


def codabench_members(folder: ChallengeFolder, options: Options, place: Path) -> Members:
    """The files of the zip that is uploaded: name → content or file.

    Args:
        folder: of the challenge.
        options: of the maintainer.
        place: a folder for zips within the zip.
    """
    rules = folder.rules
    settings = {"public": rules.splits.public, "keys": column_keys(rules)}
    program = {
        "metadata.yaml": f"command: {COMMAND}\n".encode(),
        **program_members("codabench", "scoring.py", options, settings),
    }
    truth = {
        name: write_zip(place / name, reference_members(folder, (split,)))
        for name, split in zip(private_members(rules), rules.splits.names, strict=True)
    }
    record = yaml.safe_dump(configuration(folder, options), sort_keys=False, allow_unicode=True)
    return {
        "competition.yaml": record.encode(),
        "logo.png": draw_logo(),
        PROGRAM: write_zip(place / PROGRAM, program),
        SAMPLE: write_zip(place / SAMPLE, sample_members(folder)),
        START: write_zip(place / START, start_members(folder)),
        **truth,
        **{
            f"pages/{name}": page
            for name, page in participants_pages(folder, options, "codabench").items()
        },
    }


def configuration(folder: ChallengeFolder, options: Options) -> dict[str, Any]:
    """``competition.yaml``."""
    rules = folder.rules
    contact = {"contact_email": rules.contact} if _EMAIL.fullmatch(rules.contact) else {}
    return {
        "version": 2,
        "title": rules.title,
        "description": shortened(rules.description or rules.title, 500),
        "image": "logo.png",
        "terms": "pages/terms.html",
        "registration_auto_approve": rules.registration == "open",
        "docker_image": options.image,
        "make_programs_available": False,
        "make_input_data_available": False,
        "enable_detailed_results": True,
        "show_detailed_results_in_submission_panel": True,
        "show_detailed_results_in_leaderboard": False,
        "can_participants_make_submissions_public": False,
        **contact,
        "pages": [{"title": name.capitalize(), "file": f"pages/{name}.html"} for name in PAGES],
        "tasks": [
            _task(number, title, name)
            for number, ((_, title), name) in enumerate(
                zip(split_names(rules), private_members(rules), strict=True)
            )
        ],
        "solutions": [{"index": 0, "path": SAMPLE, "tasks": list(range(len(rules.splits.names)))}],
        "phases": [_public_phase(rules), *_hidden_phase(folder)],
        "leaderboards": [_leaderboard(folder)],
    }


def _task(number: int, title: str, reference: str) -> dict[str, Any]:
    return {
        "index": number,
        "name": title,
        "description": f"Scores of the {title.lower()}",
        "scoring_program": PROGRAM,
        "reference_data": reference,
    }


def _public_phase(rules: Challenge) -> dict[str, Any]:
    return {
        "index": 0,
        "name": "Public split",
        "description": "Predictions of the pictures of every split; scored on the public one.",
        "start": _time(naive(rules.opens)),
        "end": _time(naive(rules.closes)),
        "max_submissions_per_day": rules.limits.per_day,
        "max_submissions": rules.limits.total,
        "execution_time_limit": SECONDS,
        "accepts_only_result_submissions": True,
        "starting_kit": START,
        "tasks": [0],
    }


def _hidden_phase(folder: ChallengeFolder) -> list[dict[str, Any]]:
    """The phase that what stands on the public board is moved to, where there is a hidden split."""
    rules = folder.rules
    if rules.splits.hidden is None:
        return []
    start = hidden_start(folder)
    return [
        {
            "index": 1,
            "name": "Hidden split",
            "description": "What stands on the public board is scored on the hidden split.",
            "start": _time(start),
            "end": _time(start + timedelta(days=1)),
            "auto_migrate_to_this_phase": True,
            "max_submissions_per_day": 1,
            "max_submissions": 1,
            "execution_time_limit": SECONDS,
            "accepts_only_result_submissions": True,
            "tasks": [1],
        }
    ]


def hidden_start(folder: ChallengeFolder) -> datetime:
    """When the hidden phase begins: phases follow one another, and ``reveal`` has no day yet."""
    after = naive(folder.rules.closes) + timedelta(seconds=1)
    shown = folder.rules.hidden_shown
    if folder.revealed:
        return after
    return max(after, naive(shown)) if isinstance(shown, datetime) else max(after, SOMEDAY)


def _time(time: datetime) -> str:
    """As text: Codabench takes the hours off a time that YAML has read as one."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def _leaderboard(folder: ChallengeFolder) -> dict[str, Any]:
    better = folder.rules.ranking.headline.higher_is_better
    return {
        "title": "Results",
        "key": "main",
        "submission_rule": "Force_Last",
        "hidden": False,
        "columns": [
            {
                "title": shortened(name, TITLE),
                "key": key,
                "index": number,
                "sorting": "desc" if better else "asc",
                "precision": decimals_shown(folder),
                "hidden": False,
            }
            for number, (name, key) in enumerate(column_keys(folder.rules).items())
        ],
    }
