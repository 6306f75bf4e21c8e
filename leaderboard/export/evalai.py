"""EvalAI: one phase, a dataset split for each split, the hidden one seen by the host alone.

The configuration keeps to EvalAI's own checks, ``apps/challenges/challenge_config_utils.py``
of Cloud-CV/EvalAI.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from ...core.archive import Members, write_zip
from ..challenge.folder import ChallengeFolder
from .columns import OVERALL, column_names
from .logo import draw_logo
from .options import Options
from .pages import participants_pages
from .parts import decimals_shown, naive, program_members, shortened, split_names
from .reference import reference_members

UPLOAD: Final = "evalai.zip"
PRIVATE: Final = ("annotations/reference.zip",)  # what holds the truth
SCRIPT: Final = "evaluation_script.zip"
HOST_ALONE, EVERYONE = 1, 3  # EvalAI's values of visibility
ENTRY: Final = '''\
"""EvalAI imports this package once, and calls ``evaluate`` for each submission."""

from .main import evaluate
from .runner import python

__all__ = ["evaluate"]

python()  # installs manyfaces where it is missing; the host is told what goes wrong
'''


def evalai_members(folder: ChallengeFolder, options: Options, place: Path) -> Members:
    """The files of the zip that is uploaded: name → content or file.

    Args:
        folder: of the challenge.
        options: of the maintainer.
        place: a folder for zips within the zip.
    """
    rules = folder.rules
    settings = {"public": rules.splits.public}
    script = {
        "__init__.py": ENTRY.encode(),
        **program_members("evalai", "main.py", options, settings),
    }
    truth = reference_members(folder, rules.splits.names)
    pages = participants_pages(folder, options, "evalai")
    return {
        "challenge_config.yaml": _yaml(configuration(folder)),
        "logo.png": draw_logo(),
        SCRIPT: write_zip(place / SCRIPT, script),
        PRIVATE[0]: write_zip(place / PRIVATE[0], truth),
        **{f"templates/{name}": page for name, page in pages.items()},
    }


def _yaml(record: dict[str, Any]) -> bytes:
    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True).encode()


def configuration(folder: ChallengeFolder) -> dict[str, Any]:
    """``challenge_config.yaml``."""
    rules = folder.rules
    return {
        "title": shortened(rules.title, 100),
        "short_description": shortened(rules.description or rules.title, 140),
        "description": "templates/description.html",
        "evaluation_details": "templates/evaluation.html",
        "terms_and_conditions": "templates/terms.html",
        "submission_guidelines": "templates/submission.html",
        "image": "logo.png",
        "leaderboard_description": _ranked_by(folder),
        "evaluation_script": SCRIPT,
        "remote_evaluation": False,
        "start_date": naive(rules.opens),
        "end_date": naive(rules.closes),
        "published": False,
        "domain": "CV",
        "tags": ["deepfake", "forgery detection", "instance segmentation", "faces"],
        "leaderboard": [{"id": 1, "schema": _schema(folder)}],
        "challenge_phases": [_phase(folder)],
        "dataset_splits": [
            {"id": number, "name": title, "codename": split}
            for number, (split, title) in enumerate(split_names(rules), 1)
        ],
        "challenge_phase_splits": [
            _phase_split(folder, number) for number, _ in enumerate(rules.splits.names, 1)
        ],
    }


def _ranked_by(folder: ChallengeFolder) -> str:
    ranking = folder.rules.ranking
    return (
        f"{ranking.task} {ranking.metric}, class {ranking.class_}. "
        f"{OVERALL} is the mean over the tracks and ranks."
    )


def _schema(folder: ChallengeFolder) -> dict[str, Any]:
    ranking = folder.rules.ranking
    labels = column_names(folder.rules)
    ascending = not ranking.headline.higher_is_better
    number = f"{ranking.task} {ranking.metric}"
    return {
        "labels": list(labels),
        "default_order_by": OVERALL,
        "metadata": {
            label: {
                "sort_ascending": ascending,
                "description": f"mean of {number}" if label == OVERALL else f"{number}: {label}",
            }
            for label in labels
        },
    }


def _phase(folder: ChallengeFolder) -> dict[str, Any]:
    rules, limits = folder.rules, folder.rules.limits
    stated = ("method_name", "method_description", "project_url", "publication_url")
    return {
        "id": 1,
        "name": "Predictions",
        "description": "templates/evaluation.html",
        "codename": "predictions",
        "challenge": 1,
        "leaderboard_public": True,
        "is_public": True,
        "is_active": True,
        # Each participant puts one submission on the board. Otherwise the best one of each
        # would stand there, also on the hidden split: a choice by hidden truth.
        "is_submission_public": False,
        "is_restricted_to_select_one_submission": True,
        "is_partial_submission_evaluation_enabled": False,
        "disable_logs": False,
        "allowed_email_ids": [],
        "start_date": naive(rules.opens),
        "end_date": naive(rules.closes),
        "test_annotation_file": PRIVATE[0],
        "max_submissions_per_day": limits.per_day,
        "max_submissions_per_month": limits.total,
        "max_submissions": limits.total,
        "max_concurrent_submissions_allowed": min(limits.at_once, limits.per_day),
        "allowed_submission_file_types": ".zip",
        "default_submission_meta_attributes": [
            {"name": name, "is_visible": True} for name in stated
        ],
    }


def _phase_split(folder: ChallengeFolder, number: int) -> dict[str, Any]:
    public = number == 1 or folder.revealed
    return {
        "challenge_phase_id": 1,
        "leaderboard_id": 1,
        "dataset_split_id": number,
        "visibility": EVERYONE if public else HOST_ALONE,
        "leaderboard_decimal_precision": decimals_shown(folder),
        "is_leaderboard_order_descending": folder.rules.ranking.headline.higher_is_better,
        "show_execution_time": False,
        "show_leaderboard_by_latest_submission": False,  # EvalAI would sort by time
    }
