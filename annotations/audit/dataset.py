"""All audits over one dataset's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from joblib import Parallel, cpu_count, delayed, parallel_config

from ...core.errors import DataError, UsageError
from ...core.files import read_bytes
from ...core.progress import Progress, silent
from ..categories import FAKE
from ..problems import Problem
from .evidence import Evidence, read_evidence
from .features import Bools, Features, Floats
from .finding import Finding, Judged, Reading
from .of_faces import boxes
from .shared import shared_between_splits
from .table import AUDITS, Audit
from .telling import Rows, because, read

RECIPE: Final = "recipe.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to audit; ``forgeable_only`` judges only images that could be forged, too."""

    split: str = "all"
    folds: int = 5
    seed: int = 0
    forgeable_only: bool = False

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise UsageError("cross-validation needs folds", got=self.folds, expected="2 or more")


@dataclass(frozen=True, slots=True)
class Report:
    """Every audit's finding, and what the splits share.

    ``min_face`` is the shorter side of a box, in pixels, from which a face counts as one
    that could be forged.
    """

    settings: Settings
    images: int
    faces: int
    forged: int
    min_face: float
    findings: tuple[Finding, ...]
    shared: tuple[Problem, ...]

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """The channels that tell."""
        return tuple(finding for finding in self.findings if finding.verdict == "leak")

    @property
    def clean(self) -> bool:
        """Whether nothing is known to tell, and the splits share nothing."""
        return not self.leaks and not self.shared

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON."""
        return {
            "settings": asdict(self.settings),
            "images": self.images,
            "faces": self.faces,
            "forged": self.forged,
            "min_face": self.min_face,
            "findings": [finding.to_json() for finding in self.findings],
            "shared": [problem.to_json() for problem in self.shared],
        }


def audit_dataset(
    root: Path,
    settings: Settings | None = None,
    progress: Progress = silent,
    audits: Mapping[str, Audit] = AUDITS,
) -> Report:
    """Try to tell forgeries by everything but the face; ``audits`` may be a table of your own.

    Raises:
        UsageError: there is no such dataset or split.
        DataError: a file is missing or damaged, or there is nothing to tell apart.
    """
    settings = settings or Settings()
    evidence = read_evidence(root, settings.split, progress)
    floor = _smallest_forgeable(root, evidence)
    levels = _levels(evidence, floor)
    jobs = [
        delayed(_finding)(audit, audit.look(evidence), levels[audit.level], settings)
        for audit in audits.values()
    ]
    return Report(
        settings=settings,
        images=len(evidence.images),
        faces=len(levels["face"].forged),
        forged=int(levels["face"].forged.sum()),
        min_face=floor,
        findings=_run(jobs, progress),
        shared=tuple(shared_between_splits(evidence)),
    )


def _run(jobs: Sequence[Any], progress: Progress) -> tuple[Finding, ...]:
    # Threads of linear algebra wait for one another on matrices as small as these.
    with parallel_config("loky", inner_max_num_threads=1):
        found = Parallel(n_jobs=min(8, cpu_count()), return_as="generator")(jobs)
        return tuple(progress(found, total=len(jobs), what="auditing"))


def _smallest_forgeable(root: Path, evidence: Evidence) -> float:
    """The recipe's limit, or the smallest forged face where there is no recipe."""
    if (root / RECIPE).is_file():
        try:
            recipe = yaml.safe_load(read_bytes(root / RECIPE))
        except yaml.YAMLError as error:
            raise DataError("the recipe is not YAML", where=root / RECIPE) from error
        stated = recipe.get("min_face") if isinstance(recipe, dict) else None
        if isinstance(stated, (int, float)):
            return float(stated)
    return float(_sides(evidence)[_forged_faces(evidence)].min())


def _sides(evidence: Evidence) -> Floats:
    box = boxes(evidence)
    return np.asarray(np.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]))


def _refused(evidence: Evidence) -> Bools:
    """The faces that the builder states it could not forge: turned away, covered, doubtful."""
    refused = {
        (split, row["annotation_id"])
        for split, rows in evidence.lines.items()
        for row in rows
        if row.get("refusal") is not None
    }
    return np.array(
        [(image.split, face.parsed.id) in refused for image, _, face in evidence.faces()]
    )


def _forged_faces(evidence: Evidence) -> Bools:
    return np.array([face.parsed.label == FAKE for _, _, face in evidence.faces()])


def _levels(evidence: Evidence, floor: float) -> dict[str, Rows]:
    images = evidence.images
    large = (_sides(evidence) >= floor) & ~_refused(evidence)
    of_face = np.repeat(np.arange(len(images)), [len(image.faces) for image in images])
    groups = np.unique([image.group for image in images], return_inverse=True)[1]
    forged = np.array([image.forged for image in images])
    holds_large = np.bincount(of_face, large, minlength=len(images)) > 0
    return {
        "image": Rows(forged, groups, holds_large),
        "face": Rows(_forged_faces(evidence), groups[of_face], large),
    }


def _finding(audit: Audit, found: Features, rows: Rows, settings: Settings) -> Finding:
    few, how = rows.only_forgeable, (settings.folds, settings.seed)
    kept = Features(found.names, found.values[rows.forgeable])
    everything = read(audit.name, found.values, rows, *how)
    forgeable = read(audit.name, kept.values, few, *how)
    judged = _judged(audit, everything, forgeable, settings)
    decisive = forgeable if judged == "forgeable" else everything
    reason = None
    if decisive.verdict != "ok" and decisive.auc is not None:
        told = (kept, few) if judged == "forgeable" else (found, rows)
        reason = because(*told, *how)
    return Finding(
        audit=audit.name,
        level=audit.level,
        description=audit.description,
        everything=everything,
        forgeable=forgeable,
        judged=judged,
        because=reason,
        mend=audit.mend,
    )


def _judged(audit: Audit, everything: Reading, forgeable: Reading, settings: Settings) -> Judged:
    # Without real faces of a forged one's size there is nothing fair to compare with, and
    # size alone tells.
    missing = everything.enough and not forgeable.enough
    narrow = audit.level == "face" or settings.forgeable_only
    return "forgeable" if narrow and not missing else "everything"
