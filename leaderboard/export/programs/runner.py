"""Runs the pinned manyfaces on one submission, and installs it first where it is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# manyfaces: version; requirement: what pip is given; public: split; keys: column → host's key.
SETTINGS = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
ENVIRONMENT = HERE / ".environment"
OLDEST = (3, 10)  # Python that manyfaces runs on
SECONDS = 3600  # that scoring one submission may take
VERSION = "import manyfaces; print(manyfaces.__version__)"
START = "from manyfaces.cli.app import main; main()"
FAILED = {
    "state": "failed",
    "messages": [
        "The submission could not be scored, by no fault of its own. Please tell the organizers."
    ],
}


def score(reference: str, submission: str) -> Any:  # noqa: ANN401 - JSON
    """The answer of ``manyfaces board score``: state, messages, scores, tracks."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "answer.json"
        command = [python(), "-c", START, "board", "score", str(reference), str(submission)]
        # What scoring says beside its answer may quote the truth: nobody gets to read it.
        try:
            subprocess.run(
                [*command, "--out", str(out)],
                cwd=place,
                check=False,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            return json.loads(out.read_text(encoding="utf-8"))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return FAILED


def python() -> str:
    """A Python with manyfaces in the bundle's version: this one, or one made for it."""
    own = ENVIRONMENT / "bin" / "python"
    for candidate in (sys.executable, str(own)):
        if _has_manyfaces(candidate):
            return candidate
    _install()
    return str(own)


def _has_manyfaces(candidate: str) -> bool:
    try:
        found = subprocess.run(
            [candidate, "-c", VERSION],
            cwd=tempfile.gettempdir(),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return bool(found.stdout.decode().strip() == SETTINGS["manyfaces"])


def _install() -> None:
    """An environment beside this file; uv brings a newer Python where this one is too old."""
    wheel = HERE / SETTINGS["requirement"]
    what = str(wheel) if wheel.is_file() else SETTINGS["requirement"]
    own = str(ENVIRONMENT / "bin" / "python")
    if sys.version_info[:2] >= OLDEST:
        _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
        _run([own, "-m", "pip", "install", "--quiet", what])
        return
    tools = str(HERE / ".tools")
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", tools, "uv"])
    uv = [sys.executable, "-m", "uv"]
    _run([*uv, "venv", "--clear", "--python", "3.12", str(ENVIRONMENT)], PYTHONPATH=tools)
    _run([*uv, "pip", "install", "--python", own, what], PYTHONPATH=tools)


def _run(command: list[str], **variables: str) -> None:
    # A host may hold pip to the versions of its own worker, whose Python is not ours.
    environment = {key: value for key, value in os.environ.items() if "CONSTRAINT" not in key}
    environment.update(variables)
    done = subprocess.run(
        command, check=False, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace")[-3000:]
        raise RuntimeError("manyfaces could not be installed:\n" + said)
