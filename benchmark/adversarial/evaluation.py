"""Models under attack: each scored on the pictures made against each attacked one.

``report.json``, ``clean/<model>/``, ``attacked/<model>/<scored model>/`` (evaluations, as
``benchmark.evaluation_folder`` keeps them) and ``universal/`` (patterns). A picture is
attacked once, and all models are asked about it; tracks that are finished are not run again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ...annotations.coco import AnnotatedImage
from ...annotations.dataset import annotation_file, open_split, require_images
from ...annotations.instances import Instances
from ...core.errors import UsageError
from ...core.files import claim_folder, sha256, sha256_of_file, to_json, write_json
from ...core.images import Rgb
from ...core.progress import Progress, Ticks, silent
from ..detector import Detector
from ..detectors import LoadedDetector
from ..evaluation_folder import EvaluationFolder
from ..harness import TrackData, run_track
from ..perturbations.universal import UniversalSet, read_universal, write_universal
from ..protocol import DEFAULT, Protocol
from ..results import Result
from ..track import View
from ..tracks import CLEAN, TRACKS
from ..universal_track import UniversalTrack
from .making import Making, make_pattern, network_of, record_of
from .matrix import Matrix, cell_of
from .track import AttackTrack, Threat

MARKER: Final = "attack.json"
REPORT: Final = "report.json"


class Panel:
    """Several detectors asked about the same pictures; answers with the last one's."""

    def __init__(self, detectors: Mapping[str, Detector]) -> None:
        self.detectors = detectors
        self.found: dict[str, dict[int, Instances]] = {name: {} for name in detectors}
        self.seconds = dict.fromkeys(detectors, 0.0)

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        """As ``Detector.predict``; what each says is kept in ``found``."""
        answers: list[Instances] = []
        for name, detector in self.detectors.items():
            started = time.perf_counter()
            answers = detector.predict(images, image_ids)
            self.seconds[name] += time.perf_counter() - started
            self.found[name].update(zip(image_ids, answers, strict=True))
        return answers


@dataclass(frozen=True, eq=False, slots=True)
class AttackPlan:
    """What is asked of an attack.

    Args:
        threats: one track each.
        split: whose pictures are attacked.
        making: of universal perturbations.
        making_split: whose pictures those are made on.
        protocol: of the scores.
        progress: shows how many predictions and steps are done.
    """

    threats: Sequence[Threat]
    split: str = "test"
    making: Making = field(default_factory=Making)
    making_split: str = "train"
    protocol: Protocol = DEFAULT
    progress: Progress = silent


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    plan: AttackPlan
    models: Mapping[str, LoadedDetector]
    root: Path
    out: Path
    images: Sequence[AnnotatedImage]
    truth: str

    def folder(self, model: str, *place: str) -> EvaluationFolder:
        path = self.out.joinpath(*(quote(part, safe="") for part in (*place, model)))
        folder = EvaluationFolder(
            path, self.models[model], self.truth, self.images, self.plan.protocol
        )
        folder.claim()
        return folder

    def score(
        self, view: View, folders: Mapping[str, EvaluationFolder], ticks: Ticks
    ) -> dict[str, Result]:
        """Every model on the same pictures."""
        found = {name: folder.finished(view) for name, folder in folders.items()}
        ticks.advance(sum(part is not None for part in found.values()) * len(self.images))
        panel = Panel({n: self.models[n].detector for n, part in found.items() if part is None})
        if panel.detectors:
            asked = len(panel.detectors)
            data = TrackData(self.root, self.images, view)
            # The networks are on their device already: Lightning moves none.
            answers, _ = run_track(
                panel, data, device="cpu", shown=lambda count: ticks.advance(count * asked)
            )
            for name, said in panel.found.items():
                pairs = {key: (truth, said[key]) for key, (truth, _) in answers.items()}
                found[name] = folders[name].keep(view, pairs, panel.seconds[name])
        return {name: part for name, part in found.items() if part is not None}

    def views(self, model: str, ticks: Ticks) -> list[View]:
        """The attacks on one model; universal patterns are made, or read if they have been."""
        loaded = self.models[model]
        network = network_of(loaded)
        return [
            self._universal(threat, model, ticks)
            if threat.attack.universal
            else AttackTrack(threat, network, loaded.identity)
            for threat in self.plan.threats
        ]

    def _universal(self, threat: Threat, model: str, ticks: Ticks) -> UniversalTrack:
        plan, loaded = self.plan, self.models[model]
        record = record_of(loaded, self.root, plan.making_split, [threat], plan.making)
        digest = sha256(to_json({**record, **threat.definition}))[:12]
        path = self.out / "universal" / f"{quote(model, safe='')}-{threat.name}-{digest}.npz"
        if path.is_file():
            ticks.advance(plan.making.steps)
        else:
            images = require_images(open_split(self.root, plan.making_split), self.root).images
            pattern = make_pattern(
                network_of(loaded), self.root, images, threat, plan.making, ticks.advance
            )
            write_universal(path, UniversalSet({threat.bound: pattern}, record))
        return UniversalTrack(threat.name, read_universal(path).patterns[threat.bound])


def attack_models(
    attacked: Sequence[str],
    models: Mapping[str, LoadedDetector],
    root: Path,
    out: Path,
    plan: AttackPlan,
) -> Matrix:
    """Attack models, and score all of them on what comes out; resumable track by track.

    Args:
        attacked: names of models; networks.
        models: name → detector: all that are scored.
        root: the dataset folder.
        out: new, empty, or an earlier attack on the same truth.

    Returns:
        The content of ``report.json``.

    Raises:
        UsageError: a model cannot be attacked or scored so, a split is unknown, or ``out``
            holds something else.
        DataError: a picture or an annotation cannot be read.
    """
    for name in attacked:
        network_of(models[name])
    _require_eyes(models)
    images = require_images(open_split(root, plan.split), root).images
    if any(threat.attack.universal for threat in plan.threats):
        require_images(open_split(root, plan.making_split), root)
    truth = sha256_of_file(annotation_file(root, plan.split))
    if not claim_folder(out, marker=MARKER, purpose="attacks"):
        write_json(out / MARKER, {"truth": truth}, indent=True)
    run = _Run(plan, models, root, out, images, truth)
    results = _results(run, attacked)
    matrix = _matrix(run, attacked, results)
    write_json(out / REPORT, matrix.record(), indent=True)
    return matrix


def _require_eyes(models: Mapping[str, LoadedDetector]) -> None:
    for name, loaded in models.items():
        if loaded.is_file:
            raise UsageError(
                "a predictions file cannot look at attacked pictures",
                got=name,
                expected="a run folder, or package.module:attribute",
            )


def _results(run: _Run, attacked: Sequence[str]) -> dict[tuple[str, str], Result]:
    """(attacked, scored) → clean and attacked tracks of the scored one."""
    plan, results = run.plan, {}
    universal = sum(threat.attack.universal for threat in plan.threats)
    views = 1 + len(attacked) * len(plan.threats)
    total = views * len(run.models) * len(run.images)
    total += universal * len(attacked) * plan.making.steps
    with Ticks(plan.progress, total, "attacking") as ticks:
        folders = {name: run.folder(name, "clean") for name in run.models}
        clean = run.score(TRACKS[CLEAN], folders, ticks)
        for name in run.models:
            folders[name].join({CLEAN: clean[name]}, _about(run))
        for name in attacked:
            folders = {model: run.folder(model, "attacked", name) for model in run.models}
            parts = {view.name: run.score(view, folders, ticks) for view in run.views(name, ticks)}
            for model, folder in folders.items():
                found = {track: part[model] for track, part in parts.items()}
                about = {**_about(run), "attacked": dict(run.models[name].identity)}
                results[name, model] = folder.join({CLEAN: clean[model], **found}, about)
    return results


def _about(run: _Run) -> dict[str, Any]:
    return {"data": run.root.name, "split": run.plan.split}


def _matrix(
    run: _Run, attacked: Sequence[str], results: Mapping[tuple[str, str], Result]
) -> Matrix:
    about = {
        **_about(run),
        "images": len(run.images),
        "truth": run.truth,
        "protocol": run.plan.protocol.version,
        "models": {name: dict(loaded.identity) for name, loaded in run.models.items()},
    }
    return Matrix(
        about,
        {threat.name: _told(threat, run.plan) for threat in run.plan.threats},
        tuple(attacked),
        tuple(run.models),
        tuple(
            cell_of(result, threat.name, name, model)
            for threat in run.plan.threats
            for (name, model), result in results.items()
        ),
    )


def _told(threat: Threat, plan: AttackPlan) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if threat.attack.universal:
        making = plan.making
        more = {
            "steps": making.steps,
            "batch": making.batch,
            "side": making.side,
            "made_on": plan.making_split,
        }
    return {**threat.definition, "description": threat.attack.description, **more}
