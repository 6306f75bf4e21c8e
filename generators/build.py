"""Photographs in, forged dataset out: resumable, in parallel, the same bytes each time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from .. import __version__
from ..core.errors import DataError, UsageError
from ..core.files import claim_folder, parse_json, read_json, to_json, write_json
from ..core.progress import Progress, silent
from .analysis_cache import (
    Outline,
    analyse_photo,
    is_analysed,
    load_outline,
    shared_analyses,
)
from .assemble import assemble
from .brief import Brief, brief_of
from .contact_sheet import Sheet
from .fooling import Opponent
from .forge_photo import forge_photo, generators_of
from .parallel import require_workers, run_all
from .plan import Plan, Skipped, distinct, make_plan, save_donors
from .recipe import Recipe
from .report import kind_of, make_report
from .sources import Photo, Source
from .workspace import FOLDER, IDENTITY, REPORT, Workspace

Report = dict[str, Any]

_PURPOSE: Final = "this very build, unfinished or finished"


@dataclass(frozen=True, slots=True)
class Options:
    """How a build is run; nothing here changes a byte of images or annotations.

    Args:
        workers: processes; None for one per processor, 1 for this process alone.
        dask: a Dask scheduler's address; its workers must see the same folders.
        analyses: a folder where measured faces are kept for further builds of the same
            photographs; None keeps them until the dataset is whole.
        sheet: whether the contact sheet shows a sample of the forged faces or all.
    """

    workers: int | None = None
    dask: str | None = None
    analyses: Path | None = None
    sheet: Sheet = "overview"


def build_dataset(
    source: Source,
    out: Path,
    recipe: Recipe,
    *,
    limit: int | None = None,
    options: Options | None = None,
    opponent: Opponent | None = None,
    progress: Progress = silent,
) -> Report:
    """Build a dataset, continue an interrupted build, or report on a finished one.

    Args:
        out: the dataset's folder: new, empty, or an earlier run of the same build.
        limit: only the first so many photographs of the source.
        opponent: a detector that forgeries must fool, as the recipe's ``fooled_below`` says.

    Returns:
        The content of the dataset's ``report.json``.

    Raises:
        UsageError: ``out`` holds something else, or another build; or an option is
            out of range.
        DataError: no photograph can be used, or a file cannot be written.
        MissingDependencyError: a model file, or Dask, is missing.
    """
    if limit is not None and limit < 1:
        raise UsageError("the limit is wrong", got=limit, expected="at least 1 photograph")
    options = options or Options()
    # Before anything is written: the folder shall not stay taken.
    require_workers(options.workers, options.dask)
    photos = source.photos()[:limit]
    identity = identify(source, recipe, limit, opponent)
    # Absolute, as Dask's workers stand elsewhere.
    workspace = Workspace(out.absolute(), max_side=recipe.max_side)
    finished = open_build(workspace, identity)
    if finished is not None:
        return finished
    if options.analyses is not None:
        shared = shared_analyses(options.analyses.absolute(), source, recipe)
        workspace = replace(workspace, analyses=shared)
    return _Build(workspace, source, recipe, identity, options, opponent, progress).run(photos)


def identify(
    source: Source, recipe: Recipe, limit: int | None, opponent: Opponent | None = None
) -> dict[str, Any]:
    """All that a dataset's bytes depend on."""
    methods = {name: row.version for name, row in sorted(generators_of(recipe).items())}
    identity = {
        "manyfaces": __version__,
        "recipe": recipe.model_dump(mode="json"),
        "methods": methods,
        "source": source.identity,
        "limit": limit,
        "opponent": None if opponent is None else opponent.name,
    }
    plain: dict[str, Any] = parse_json(to_json(identity), where="the build's identity")
    return plain


def open_build(workspace: Workspace, identity: Mapping[str, Any]) -> Report | None:
    """Make the folder ours; the report where the same build is already finished.

    Raises:
        UsageError: the folder holds something else, or another build.
    """
    report = workspace.root / REPORT
    if report.is_file() and isinstance(found := read_json(report), dict) and "identity" in found:
        _same_build(workspace.root, found["identity"], identity)
        shutil.rmtree(workspace.folder, ignore_errors=True)
        return found
    _drop_stillborn(workspace)
    marker = f"{FOLDER}/{IDENTITY}"
    if claim_folder(workspace.root, marker=marker, purpose=_PURPOSE):
        _same_build(workspace.root, read_json(workspace.root / marker), identity)
    else:
        write_json(workspace.root / marker, identity)
    return None


def _drop_stillborn(workspace: Workspace) -> None:
    """Clear what a run left that ended before it had written its identity."""
    folder = workspace.folder
    stillborn = folder.is_dir() and not (folder / IDENTITY).exists()
    if stillborn and list(workspace.root.iterdir()) == [folder]:
        shutil.rmtree(folder)


def _same_build(root: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, was, now in _differences(found, wanted):
        raise UsageError(
            "the output folder holds another build",
            where=root,
            got=f"{name} {was!r} there",
            expected=f"{now!r} here",
            mend="Choose another folder, or delete this one to build anew",
        )


def _differences(
    found: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = ""
) -> list[tuple[str, object, object]]:
    result: list[tuple[str, object, object]] = []
    for name in [*wanted, *(key for key in found if key not in wanted)]:
        was, now = found.get(name), wanted.get(name)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            result += _differences(was, now, f"{prefix}{name}.")
        else:
            result.append((prefix + name, was, now))
    return result


@dataclass(frozen=True, eq=False, slots=True)
class _Build:
    workspace: Workspace
    source: Source
    recipe: Recipe
    identity: Mapping[str, Any]
    options: Options
    opponent: Opponent | None
    progress: Progress

    def run(self, photos: Sequence[Photo]) -> Report:
        originals, left_out = distinct(photos)
        analyses = self._analyse(originals)
        plan = make_plan(originals, [analyses[photo.sha256] for photo in originals], self.recipe)
        self._require_images(plan, left_out)
        save_donors(self.workspace, plan)
        briefs = self._forge(plan)
        report = make_report(self.identity, plan, left_out, analyses, briefs)
        assemble(
            self.workspace, self.recipe, plan, briefs, report, self.options.sheet, self.progress
        )
        publish(self.workspace)
        return report

    def _analyse(self, photos: Sequence[Photo]) -> dict[str, Outline]:
        tasks = [
            (self.workspace, self.source, photo, self.recipe)
            for photo in photos
            if not is_analysed(self.workspace, photo.sha256)
        ]
        self._run(analyse_photo, tasks, "finding faces")
        return {photo.sha256: load_outline(self.workspace, photo.sha256) for photo in photos}

    def _forge(self, plan: Plan) -> list[Brief]:
        parts = [self.workspace.part(planned.photo.sha256) for planned in plan.images]
        tasks = [
            (self.workspace, self.recipe, planned, self.opponent)
            for planned, part in zip(plan.images, parts, strict=True)
            if not part.exists()
        ]
        self._run(forge_photo, tasks, "forging")
        return [brief_of(read_json(part)) for part in parts]

    def _run(self, function: Any, tasks: Sequence[tuple[Any, ...]], what: str) -> None:  # noqa: ANN401 - either step's function
        run_all(
            function,
            tasks,
            workers=self.options.workers,
            dask=self.options.dask,
            progress=self.progress,
            what=what,
        )

    def _require_images(self, plan: Plan, left_out: Sequence[Skipped]) -> None:
        if plan.images:
            return
        counts = Counter(kind_of(skip.reason) for skip in (*plan.skipped, *left_out))
        # Nothing here is worth continuing, and the folder shall not stay taken.
        shutil.rmtree(self.workspace.folder)
        raise DataError(
            "no photograph can be used",
            got=", ".join(f"{count} × {reason}" for reason, count in counts.items()),
            expected="at least one readable photograph with a face",
        )


def publish(workspace: Workspace) -> None:
    """Move the assembled dataset to its place, the report last: with it the build is done."""
    staged = sorted(workspace.staging.iterdir(), key=lambda path: (path.name == REPORT, path.name))
    for path in staged:
        target = workspace.root / path.name
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    shutil.rmtree(workspace.folder)
