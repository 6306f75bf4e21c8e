"""EvalAI's entry point; called in the process of its worker."""

from __future__ import annotations

import sys
from typing import Any

from .runner import SETTINGS, score


def evaluate(
    test_annotation_file: str,
    user_submission_file: str,
    phase_codename: str,  # noqa: ARG001 - one phase, and EvalAI's signature
    **kwargs: Any,  # noqa: ANN401, ARG001 - facts of the submission
) -> dict[str, Any]:
    """Score a participant's zip.

    Returns:
        ``result`` with the columns of each split, which EvalAI shows as the splits'
        visibility says; without it, a submission has failed, and its messages are in stderr.
    """
    answer = score(test_annotation_file, user_submission_file)
    for message in answer["messages"]:
        out = sys.stdout if answer["state"] == "scored" else sys.stderr
        out.write(message + "\n")
    if answer["state"] != "scored":
        return {}
    shown = [row for row in answer["tracks"] if row["split"] == SETTINGS["public"]]
    return {
        "result": [{split: values} for split, values in answer["scores"].items()],
        # What participants can load down: the public split alone.
        "submission_result": shown,
        "submission_metadata": {"manyfaces": answer["manyfaces"], "method": answer["name"]},
    }
