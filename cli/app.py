"""``manyfaces``: the verbs. Each lives in its own module, imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer

from .. import __version__
from ..core.errors import ManyfacesError

# Verb → (module, function or Typer application). The help texts are here, so that
# `manyfaces --help` imports none of the modules.
VERBS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "Drawn people → dataset → baseline → scores → board."),
    "build": ("build", "build", "Build a forged dataset from a folder of photographs."),
    "verify": ("verify", "verify", "Check a dataset: files, annotations, splits, provenance."),
    "audit": ("audit", "audit", "Try to tell forgeries without looking at the face."),
    "combine": ("combine", "combine", "Put several datasets together as one."),
    "release": ("release", "release", "Publish a dataset; withdraw a photograph from it."),
    "list": (
        "listing",
        "show",
        "List generators, sources, perturbations, tracks, metrics, …",
    ),
    "perturb": ("perturb", "perturb", "Write one split of a dataset as a track shows it."),
    "train": ("train", "train", "Train a baseline on a dataset."),
    "slim": ("slim", "slim", "Copy a training run in half the bytes, to publish it."),
    "predict": ("predict", "predict", "Predict the faces of a dataset, of pictures, or of videos."),
    "check": ("check", "check", "Check a predictions file before it is handed in."),
    "score": ("score", "score", "Score a predictions file against the truth."),
    "compare": ("compare", "compare", "Compare two predictions files on the same truth."),
    "evaluate": ("evaluate", "evaluate", "Evaluate a detector on tracks."),
    "table": ("table", "table", "Put evaluations side by side as one table."),
    "attack": ("attack", "app", "Attack trained networks; score them on what comes out."),
    "board": ("board", "app", "Keep and publish a leaderboard."),
    "detectron2": ("detectron2", "app", "Exchange networks with Detectron2's own tools."),
}

# Verbs that go on where they were interrupted.
RESUMED = frozenset({"demo", "build", "perturb", "train", "evaluate", "attack"})
INTERRUPTED = 130  # as shells count: 128 and the signal's number


def main() -> None:
    """Run the command line; a user's mistake is one sentence, never a traceback."""
    code = 0
    try:
        # Without standalone mode errors come here; the value is typer.Exit's code.
        code = _application(sys.argv[1:])(standalone_mode=True) or 0
    except ManyfacesError as error:
        from rich.markup import escape

        from .console import err

        # What was found in a file may look like markup; it is shown as it is.
        err.print(f"[bold red]error[/]: {escape(str(error))}", soft_wrap=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = _interrupted(sys.argv[1:])
    except SystemExit as end:
        # Typer turns Ctrl-C within a verb into this exit, without a word.
        if end.code == INTERRUPTED:
            _interrupted(sys.argv[1:])
        raise
    except BrokenPipeError:
        # The reader, `head` for example, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _interrupted(arguments: list[str]) -> int:
    sys.stderr.write(f"\nInterrupted. {_left(arguments)}\n")
    return INTERRUPTED


def _left(arguments: list[str]) -> str:
    """What of an interrupted command is not done again."""
    verb = _called(arguments)
    if verb == "predict":
        return "Answers for many pictures are kept, a video starts anew: run the command again."
    anew = arguments[:2] == ["attack", "universal"] or any(
        word.startswith("--find-lr") for word in arguments
    )
    if verb in RESUMED and not anew:
        return "What was finished is kept: run the command again."
    return "Run the command again."


def _called(arguments: list[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


def _application(arguments: list[str]) -> typer.Typer:
    """The application with the called verb in full and the others by name only."""
    app = typer.Typer(
        help="Build, detect and rank multi-face forgeries in the wild.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    called = _called(arguments)
    for verb, (module, attribute, text) in VERBS.items():
        _add(app, verb, text, (module, attribute) if verb == called else None)
    return app


def _add(app: typer.Typer, verb: str, text: str, place: tuple[str, str] | None) -> None:
    if place is None:
        app.command(verb, help=text)(_unloaded)
        return
    target: Any = getattr(importlib.import_module(f".{place[0]}", __package__), place[1])
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=verb, help=text)
    else:
        app.command(verb)(target)


def _unloaded() -> None:
    """Stand in the list of verbs; never called."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"manyfaces {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Build, detect and rank multi-face forgeries in the wild."""
