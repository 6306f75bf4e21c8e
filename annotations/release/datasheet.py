"""The datasheet: the questions of Gebru et al., "Datasheets for Datasets" (CACM 2021)."""

from __future__ import annotations

from typing import Final

from .about import About
from .card import table
from .facts import Facts
from .statements import describe, statements

FILE: Final = "DATASHEET.md"
_OPEN: Final = "*For the publisher to answer (about.yaml).*"

Answers = list[tuple[str, str]]


def datasheet(about: About, facts: Facts) -> str:
    """The Markdown text; a question that only the publisher can answer says so."""
    said = statements(about, facts)
    sections = {
        "Motivation": _motivation(about, said),
        "Composition": _composition(about, facts, said),
        "Collection process": _collection(about, said),
        "Preprocessing, cleaning, labelling": _preparation(said),
        "Uses": _uses(said),
        "Distribution": _distribution(about, facts),
        "Maintenance": _maintenance(about, said),
    }
    parts = [f"# Datasheet: {about.name} {about.version}"]
    for title, answers in sections.items():
        parts.append(f"## {title}")
        parts += [f"**{question}**\n\n{answer}" for question, answer in answers]
    return "\n\n".join(parts) + "\n"


def _motivation(about: About, said: dict[str, str]) -> Answers:
    return [
        ("For what purpose was the dataset created?", said["dataUseCases"]),
        ("Who created the dataset?", ", ".join(about.creators) or _OPEN),
        ("Who funded it?", said.get("funding", _OPEN)),
    ]


def _composition(about: About, facts: Facts, said: dict[str, str]) -> Answers:
    rows = {
        split: [str(one.images), str(one.faces), str(one.fake)]
        for split, one in facts.splits.items()
    }
    rows |= {f"{split} (hidden)": [str(count), "?", "?"] for split, count in facts.hidden.items()}
    counts = table(("split", "images", "faces", "forged"), rows)
    return [
        ("What do the instances represent, and how many are there?",
         f"{describe(about, facts)}\n\n{counts}"),
        ("Is it a sample of a larger set?", said["dataCollection"]),
        ("What does each instance consist of, and is there a label?",
         said["dataAnnotationProtocol"]),
        ("Is anything missing?", said["dataCollectionMissingData"]),
        ("Are relations between instances made explicit?",
         "Yes: provenance names the photograph and the donors of each face."),
        ("Are there recommended splits?",
         "Yes, as above. They share no photograph, no donor, no group and no near-duplicate."),
        ("Are there errors, noise or redundancies?", said["dataAnnotationAnalysis"]),
        ("Is it self-contained?", "Yes. The original photographs are not needed."),
        ("Does it hold confidential, offensive or sensitive data, or identify people?",
         said["personalSensitiveInformation"]),
        ("Does it identify subpopulations?", said["dataBiases"]),
    ]  # fmt: skip


def _collection(about: About, said: dict[str, str]) -> Answers:
    days = _OPEN
    if about.collected is not None:
        days = f"{about.collected[0]} to {about.collected[1]}."
    return [
        ("How was the data acquired?", said["dataCollection"]),
        ("Over what time?", days),
        ("Who was involved, and how were they paid?", said["annotatorDemographics"]),
        ("Was there an ethical review?", said.get("ethicalReview", _OPEN)),
        ("Did the people shown consent, and can they revoke it?",
         said["dataReleaseMaintenancePlan"]),
    ]  # fmt: skip


def _preparation(said: dict[str, str]) -> Answers:
    return [
        ("How was the data prepared?", said["dataPreprocessingProtocol"]),
        ("How were the forgeries made?", said["dataManipulationProtocol"]),
        ("With which tools was it labelled?", said["machineAnnotationTools"]),
        ("Was the raw data kept?", said["dataCollectionRawData"]),
    ]


def _uses(said: dict[str, str]) -> Answers:
    return [
        ("What can it be used for, and what should it not be used for?", said["dataUseCases"]),
        ("What limits its use?", said["dataLimitations"]),
        ("What may it do to people?", said["dataSocialImpact"]),
    ]


def _distribution(about: About, facts: Facts) -> Answers:
    licences = table(
        ("licence, as the source states it", "photographs"),
        {name: [str(count)] for name, count in facts.licences.items()},
    )
    return [
        ("Where is it distributed?", about.url or _OPEN),
        ("Under which licences?", f"{licences}\n\nCREDITS.csv has each photograph."),
    ]


def _maintenance(about: About, said: dict[str, str]) -> Answers:
    return [
        ("Who maintains it, and how are they reached?", about.contact or _OPEN),
        ("How is it corrected, and how are requests of people shown met?",
         said["dataReleaseMaintenancePlan"]),
        ("Will older versions be kept?",
         "Not those that hold a withdrawn photograph."),
    ]  # fmt: skip
