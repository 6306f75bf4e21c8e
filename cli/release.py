"""``manyfaces release``: a dataset to publish, and photographs taken out of it again."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..annotations.release.record import Terms
    from ..annotations.release.scores import Touched
    from ..annotations.release.withdraw import Withdrawal

SHOWN = 10


def release(
    dataset: Annotated[
        Path, typer.Argument(help="A built dataset; with --withdraw a release as well.")
    ],
    release_folder: Annotated[
        Path | None, typer.Option("--out", help="The release's folder; made again if it is one.")
    ] = None,
    about: Annotated[
        Path | None, typer.Option(help="YAML: name, version, creators, contact, licence, …")
    ] = None,
    purpose: Annotated[
        Literal["public", "evaluation"] | None,
        typer.Option("--for", help="Public copies carry the mark of how they were made."),
    ] = None,
    hidden: Annotated[
        list[str] | None,
        typer.Option(metavar="SPLIT", help="Without its labels; 'none' to open all again."),
    ] = None,
    day: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Instead of today.")
    ] = None,
    withdraw: Annotated[
        list[str] | None,
        typer.Option(metavar="PHOTO", help="Remove it and all made from it: name, hash or file."),
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option(help="Result files, or folders of them, to hold against what is withdrawn."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what --withdraw would remove.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Publish a dataset: Hugging Face layout, COCO, card, datasheet, Croissant, credits.

    With --withdraw a photograph, its image, and every image that took a face from it leave
    DATASET for good, then the release at --out, if one is named, is made again.
    """
    _check_wishes(release_folder, withdraw, scores, dry_run)
    when = _day(day)
    done: dict[str, Any] = {}
    if dry_run:
        done["would_withdraw"] = _preview(dataset, withdraw or [], when, quiet=as_json)
    elif withdraw:
        done["withdrawn"] = _withdraw(dataset, withdraw, when, quiet=as_json)
    if scores:
        done["scores"] = _scores(dataset, scores, quiet=as_json)
    if release_folder is not None and not dry_run:
        terms = _terms(dataset, release_folder, about, purpose, hidden, when)
        done["release"] = _release(dataset, release_folder, terms, quiet=as_json)
    if as_json:
        print_json(done)


def _check_wishes(
    release_folder: Path | None,
    withdraw: list[str] | None,
    scores: list[Path] | None,
    dry_run: bool,
) -> None:
    from ..core.errors import UsageError

    if release_folder is None and not withdraw and not scores:
        raise UsageError(
            "there is nothing to do", expected="--out RELEASE, or --withdraw PHOTO, or both"
        )
    if dry_run and not withdraw:
        raise UsageError("--dry-run is for --withdraw", expected="--withdraw PHOTO as well")


def _day(text: str | None) -> date:
    from ..core.errors import UsageError

    if text is None:
        return datetime.now(timezone.utc).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("--date is no day", got=text, expected="YYYY-MM-DD") from error


def _terms(
    dataset: Path,
    folder: Path,
    about: Path | None,
    purpose: Literal["public", "evaluation"] | None,
    hidden: list[str] | None,
    when: date,
) -> Terms:
    """What is asked for; what is left out stays as the earlier release had it.

    Otherwise a release that is made again without --hidden would open the labels. Where it
    is about to lose something, its version rises.
    """
    from ..annotations.release.about import About, read_about
    from ..annotations.release.make import STAGING
    from ..annotations.release.record import Terms, read_record
    from ..annotations.release.tombstones import read_tombstones

    # While a release is put in its place, its record stands in the staging folder.
    found = read_record(folder) or read_record(folder / STAGING)
    before = found.terms if found else Terms(About(), "public", (), when)
    said = read_about(about) if about else before.about
    buried = {stone.photograph for stone in read_tombstones(dataset)}
    kept = {stone.photograph for stone in read_tombstones(folder)}
    if found and buried - kept and said == before.about:
        said = said.model_copy(update={"version": said.withdrawn_version()})
    chosen = before.hidden if hidden is None else tuple(name for name in hidden if name != "none")
    return Terms(said, purpose or before.purpose, tuple(dict.fromkeys(chosen)), when)


def _release(dataset: Path, folder: Path, terms: Terms, *, quiet: bool) -> dict[str, Any]:
    from ..annotations.release.contents import all_lines, require_dataset
    from ..annotations.release.credits import credits_of, licence_counts
    from ..annotations.release.licences import cautions
    from ..annotations.release.make import guessable, release_dataset

    written = release_dataset(dataset, folder, terms, bar)
    counts = licence_counts(credits_of(all_lines(dataset, require_dataset(dataset))))
    warned = [*cautions(counts), *guessable(dataset, terms.hidden)]
    if not quiet:
        if not written:
            err.print("This release was up to date; nothing was changed.")
        for text in warned:
            err.print(f"note: {text}", style="yellow", markup=False, soft_wrap=True)
        out.print(str(folder), markup=False)
    return {
        "out": str(folder),
        "written": written,
        "for": terms.purpose,
        "hidden": list(terms.hidden),
        "version": terms.about.version,
        "cautions": warned,
    }


def _preview(
    dataset: Path, wanted: Sequence[str], when: date, *, quiet: bool
) -> list[dict[str, Any]]:
    from ..annotations.release.tombstones import Tombstone
    from ..annotations.release.withdraw import plan_withdrawal

    rows = []
    for photo in wanted:
        plan = plan_withdrawal(dataset, photo, when)
        gone = isinstance(plan, Tombstone)
        images = {} if gone else plan.images
        rows.append({"photograph": plan.photograph, "already": gone, "images": images})
        if not quiet:
            what = "withdrawn before" if gone else f"would go: {_images(images)}"
            out.print(f"{photo}: {what}", markup=False)
    return rows


def _withdraw(
    dataset: Path, wanted: Sequence[str], when: date, *, quiet: bool
) -> list[dict[str, Any]]:
    from ..annotations.release.tombstones import to_json
    from ..annotations.release.withdraw import withdraw

    rows = []
    for photo in wanted:
        found = withdraw(dataset, photo, when, bar)
        rows.append(
            {**to_json(found.stone), "already": found.already, "alike": list(found.alike),
             "left": list(found.left)}
        )  # fmt: skip
        if not quiet:
            _tell(photo, found)
    return rows


def _tell(photo: str, found: Withdrawal) -> None:
    stone = found.stone
    if found.already:
        out.print(f"{photo}: withdrawn on {stone.date}", markup=False)
        return
    out.print(
        f"{photo}: gone with {_images(stone.images)}, {stone.annotations} faces", markup=False
    )
    for text, names in (
        ("looks like it and stays; withdraw it as well if it shows the same", found.alike),
        ("still names it, and is no file of the dataset's own", found.left),
    ):
        for name in names[:SHOWN]:
            err.print(f"note: {name} {text}", style="yellow", markup=False, soft_wrap=True)
        if len(names) > SHOWN:
            err.print(f"and {len(names) - SHOWN} more (--json has all)", style="dim")


def _images(images: Any) -> str:  # noqa: ANN401 - a mapping, split → image ids
    counted = [f"{len(ids)} {'image' if len(ids) == 1 else 'images'} of {split}"
               for split, ids in images.items()]  # fmt: skip
    return ", ".join(counted) or "no image"


def _scores(dataset: Path, paths: Sequence[Path], *, quiet: bool) -> list[dict[str, Any]]:
    from ..annotations.release.scores import touched_scores
    from ..annotations.release.tombstones import read_tombstones

    found = touched_scores(paths, read_tombstones(dataset))
    if not quiet:
        _tell_scores(found)
    return [one.to_json() for one in found]


def _tell_scores(found: Sequence[Touched]) -> None:
    if not found:
        out.print("no score was made against a truth that has lost images")
    for one in found:
        out.print(f"{one.file}: scored on {one.split} as it was before; no longer comparable, "
                  "score again", markup=False)  # fmt: skip
