"""The private part of a bundle: all that scoring needs, laid out as a challenge's folder.

The truth stands in it. It travels to the host alone, as EvalAI's annotation file or
Codabench's reference data.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from ... import __version__
from ...core.archive import Members
from ...core.configuration import as_model
from ...core.errors import DataError, UsageError
from ...core.files import read_json, to_json
from ..challenge.commitment import opens
from ..challenge.folder import PROTOCOL, RULES, ChallengeFolder

FACTS: Final = "export.json"
COMMITMENT: Final = "commitment.json"
MANIFESTS: Final = "manifests"
TRUTH: Final = "private/truth"


class Facts(BaseModel):
    """What a reference says of itself.

    Args:
        manyfaces: the version that made it; no other one scores with it.
        splits: those whose truth is in it.
        decimals: of every number that comes out; None for all digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manyfaces: str
    splits: tuple[str, ...] = Field(min_length=1)
    decimals: int | None


@dataclass(frozen=True, slots=True)
class Reference:
    """An opened reference: a challenge's folder to score in, and its facts."""

    folder: ChallengeFolder
    facts: Facts


def require_committed(folder: ChallengeFolder) -> None:
    """Refuse truth that is not the truth of the commitment.

    Raises:
        DataError: a file of the truth has changed or is gone.
    """
    if not opens(folder.commitment, folder.truth_hashes(), folder.salt):
        raise DataError(
            "the truth is not what the challenge has committed to",
            where=folder.private / "truth",
            mend="manyfaces board verify says which file has changed",
        )


def reference_members(folder: ChallengeFolder, splits: Sequence[str]) -> Members:
    """The files of the reference for some splits: name → content or file."""
    decimals = None if folder.revealed else folder.rules.decimals
    facts = Facts(manyfaces=__version__, splits=tuple(splits), decimals=decimals)
    members: dict[str, bytes | Path] = {
        FACTS: to_json(facts.model_dump(mode="json"), indent=True),
        RULES: folder.root / RULES,
        COMMITMENT: folder.root / COMMITMENT,
        PROTOCOL: to_json(folder.protocol.record(), indent=True),
    }
    for track in folder.rules.track_names:
        members[f"{MANIFESTS}/{track}.json"] = folder.manifest_file(track)
        for split in splits:
            members[f"{TRUTH}/{track}/{split}.json"] = folder.truth(track, split)
    return members


def open_reference(reference: Path, place: Path) -> Reference:
    """Make a folder in which a submission can be scored.

    Args:
        reference: a folder or a zip.
        place: an empty folder, which the scoring may fill.

    Raises:
        UsageError: it is none, or another version of manyfaces made it.
    """
    if not (reference / FACTS).is_file() and not zipfile.is_zipfile(reference):
        raise UsageError("this is no reference of a bundle", where=reference, expected=FACTS)
    if reference.is_dir():
        _link(reference, place)
    else:
        with zipfile.ZipFile(reference) as archive:
            archive.extractall(place)
    facts = _facts(read_json(place / FACTS), reference)
    folder = ChallengeFolder.open(place)
    for path in (folder.predictions, folder.incoming):
        path.mkdir(parents=True)
    return Reference(folder, facts)


def _link(reference: Path, place: Path) -> None:
    """Everything but the folders that scoring writes into stays where it is."""
    (place / "private").mkdir()
    for name in (FACTS, RULES, COMMITMENT, PROTOCOL, MANIFESTS, TRUTH):
        (place / name).symlink_to((reference / name).resolve())


def _facts(found: Any, reference: Path) -> Facts:  # noqa: ANN401 - any JSON, checked here
    facts = as_model(found, Facts, "reference", reference)
    if facts.manyfaces != __version__:
        raise UsageError(
            "another version of manyfaces made this bundle",
            where=reference,
            got=f"{__version__} here",
            expected=facts.manyfaces,
        )
    return facts
