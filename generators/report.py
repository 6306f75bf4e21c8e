"""What became of every photograph and face: ``report.json``, and the numbers of the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..annotations.categories import FAKE, NAMES
from .analysis_cache import Analysis
from .plan import Plan, PlannedImage, Skipped

Part = Mapping[str, Any]  # what ``forge_photo`` keeps of one image


def make_report(
    identity: Mapping[str, Any],
    plan: Plan,
    copies: Sequence[Skipped],
    analyses: Mapping[str, Analysis],
    parts: Sequence[Part],
) -> dict[str, Any]:
    """Count a finished build.

    Args:
        copies: photographs that were left out before the plan.
        analyses: of the used photographs, by SHA-256.
        parts: of the plan's images, in its order.
    """
    pairs = list(zip(plan.images, parts, strict=True))
    skipped = [*plan.skipped, *copies]
    faces = [face for part in parts for face in part["faces"]]
    return {
        "identity": identity,
        "images": len(pairs),
        "pristine_images": sum(not _forged(part) for part in parts),
        "faces": len(faces),
        "forged": _sorted(Counter(face["made"]["method"] for face in faces if _is_fake(face))),
        "splits": {split: _split(pairs, split) for split in plan.donors},
        "skipped": _sorted(Counter(kind_of(skip.reason) for skip in skipped)),
        "not_forgeable": _refusals(analyses),
        "hidden_faces": sum(analysis.hidden for analysis in analyses.values()),
        "attempts": _attempts(parts),
        "licences": _sorted(Counter(image.photo.licence for image in plan.images)),
        "photographs": _photographs(pairs, skipped),
    }


def kind_of(reason: str) -> str:
    """A reason without its details."""
    kind = reason.partition(":")[0]
    return "exact copy" if kind.startswith("exact copy") else kind


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _is_fake(face: Mapping[str, Any]) -> bool:
    return bool(face["made"]["label"] == NAMES[FAKE])


def _forged(part: Part) -> int:
    return sum(_is_fake(face) for face in part["faces"])


def _split(pairs: Sequence[tuple[PlannedImage, Part]], split: str) -> dict[str, int]:
    parts = [part for image, part in pairs if image.split == split]
    faces, fake = sum(len(part["faces"]) for part in parts), sum(map(_forged, parts))
    return {"images": len(parts), "faces": faces, "real": faces - fake, "fake": fake}


def _refusals(analyses: Mapping[str, Analysis]) -> dict[str, int]:
    reasons = (measured.refusal for analysis in analyses.values() for measured in analysis.faces)
    return _sorted(Counter(reason for reason in reasons if reason is not None))


def _attempts(parts: Sequence[Part]) -> dict[str, Any]:
    """By method: attempts, forgeries, rejections by gate, and faces that stayed real."""
    accepted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    tries: Counter[str] = Counter()
    gave_up: Counter[str] = Counter()
    for part in parts:
        done = {number for number, face in enumerate(part["faces"]) if _is_fake(face)}
        accepted.update(part["faces"][number]["made"]["method"] for number in done)
        last: dict[int, str] = {}
        for row in part["rejected"]:
            method = row["method"] or "none"
            tries[method] += 1
            reasons.setdefault(method, Counter()).update(map(kind_of, row["reasons"]))
            last[row["face"]] = method
        gave_up.update(method for face, method in last.items() if face not in done)
    return {
        method: {
            "attempts": tries[method] + accepted[method],
            "forged": accepted[method],
            "stayed_real": gave_up[method],
            "rejected": _sorted(reasons.get(method, Counter())),
        }
        for method in sorted({*accepted, *tries})
    }


def _photographs(
    pairs: Sequence[tuple[PlannedImage, Part]], skipped: Sequence[Skipped]
) -> list[dict[str, Any]]:
    used = [
        {
            "name": image.photo.name,
            "sha256": image.photo.sha256,
            "used": True,
            "image": f"images/{image.file_name}",
            "faces": len(part["faces"]),
            "forged": _forged(part),
        }
        for image, part in pairs
    ]
    unused = [
        {
            "name": skip.photo.name,
            "sha256": skip.photo.sha256,
            "used": False,
            "reason": skip.reason,
        }
        for skip in skipped
    ]
    return sorted(used + unused, key=lambda row: str(row["name"]))
