"""What became of every photograph and face: ``report.json``, and the numbers of the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .analysis_cache import Outline
from .brief import Brief, Rejection
from .plan import Plan, PlannedImage, Skipped


def make_report(
    identity: Mapping[str, Any],
    plan: Plan,
    left_out: Sequence[Skipped],
    analyses: Mapping[str, Outline],
    briefs: Sequence[Brief],
) -> dict[str, Any]:
    """Count a finished build.

    Args:
        left_out: photographs that were left out before the plan.
        analyses: of the used photographs, by SHA-256.
        briefs: of the plan's images, in its order.
    """
    pairs = list(zip(plan.images, briefs, strict=True))
    skipped = [*plan.skipped, *left_out]
    forged = Counter(method for brief in briefs for method in brief.methods if method is not None)
    return {
        "identity": identity,
        "images": len(pairs),
        "pristine_images": sum(not brief.forged for brief in briefs),
        "faces": sum(len(brief.methods) for brief in briefs),
        "forged": _sorted(forged),
        "splits": {split: _split(pairs, split) for split in plan.donors},
        "skipped": _sorted(Counter(kind_of(skip.reason) for skip in skipped)),
        "not_forgeable": _refusals(analyses),
        "hidden_faces": sum(analysis.hidden for analysis in analyses.values()),
        "stayed_real": _stayed_real(briefs),
        "attempts": _attempts(briefs),
        "fooling": _fooling(identity, briefs),
        "licences": _sorted(Counter(image.photo.licence for image in plan.images)),
        "photographs": _photographs(pairs, skipped),
    }


def kind_of(reason: str) -> str:
    """A reason without its details."""
    kind = reason.partition(":")[0]
    return "exact copy" if kind.startswith("exact copy") else kind


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _split(pairs: Sequence[tuple[PlannedImage, Brief]], split: str) -> dict[str, int]:
    briefs = [brief for image, brief in pairs if image.split == split]
    faces, fake = sum(len(one.methods) for one in briefs), sum(one.forged for one in briefs)
    return {"images": len(briefs), "faces": faces, "real": faces - fake, "fake": fake}


def _refusals(analyses: Mapping[str, Outline]) -> dict[str, int]:
    reasons = (measured.refusal for analysis in analyses.values() for measured in analysis.faces)
    return _sorted(Counter(reason for reason in reasons if reason is not None))


def _attempts(briefs: Sequence[Brief]) -> dict[str, Any]:
    """By method: attempts, forgeries, rejections by reason, faces that stayed real after it."""
    accepted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    tries: Counter[str] = Counter()
    gave_up: Counter[str] = Counter()
    for brief in briefs:
        accepted.update(method for method in brief.methods if method is not None)
        for row in brief.rejected:
            tries[_tried(row)] += 1
            reasons.setdefault(_tried(row), Counter()).update(map(kind_of, row.reasons))
        gave_up.update(map(_tried, _given_up(brief)))
    return {
        method: {
            "attempts": tries[method] + accepted[method],
            "forged": accepted[method],
            "stayed_real": gave_up[method],
            "rejected": _sorted(reasons.get(method, Counter())),
        }
        for method in sorted({*accepted, *tries})
    }


def _tried(row: Rejection) -> str:
    return row.method or "none"


def _given_up(brief: Brief) -> list[Rejection]:
    """The last attempt at each face that was to be forged and stayed real."""
    last = {row.face: row for row in brief.rejected}
    return [row for face, row in last.items() if brief.methods[face] is None]


def _stayed_real(briefs: Sequence[Brief]) -> dict[str, int]:
    """Faces that were to be forged and stayed real, by what the last attempt came to."""
    rows = (row for brief in briefs for row in _given_up(brief))
    return _sorted(Counter(", ".join(map(kind_of, row.reasons)) for row in rows))


def _fooling(identity: Mapping[str, Any], briefs: Sequence[Brief]) -> dict[str, Any] | None:
    """How sure the opponent was that faces are forged: at the first try, and at the kept one."""
    scores = [pair for brief in briefs for pair in brief.scores]
    if not scores:
        return None
    below = identity["recipe"]["fooled_below"]
    first, last = zip(*scores, strict=True)
    return {
        "opponent": identity["opponent"],
        "forgeries": len(scores),
        "first": _told(first, below),
        "kept": _told(last, below),
    }


def _told(scores: Sequence[float], below: float) -> dict[str, float]:
    return {
        "mean_score": round(sum(scores) / len(scores), 4),
        "fooled": round(sum(score < below for score in scores) / len(scores), 4),
    }


def _photographs(
    pairs: Sequence[tuple[PlannedImage, Brief]], skipped: Sequence[Skipped]
) -> list[dict[str, Any]]:
    used = [
        {
            "name": image.photo.name,
            "sha256": image.photo.sha256,
            "used": True,
            "image": f"images/{image.file_name}",
            "faces": len(brief.methods),
            "forged": brief.forged,
        }
        for image, brief in pairs
    ]
    unused = [
        {
            "name": skip.photo.name,
            "sha256": skip.photo.sha256 or None,
            "used": False,
            "reason": skip.reason,
        }
        for skip in skipped
    ]
    return sorted(used + unused, key=lambda row: str(row["name"]))
