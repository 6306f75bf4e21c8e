"""What is said of a dataset, once: the Croissant file, datasheet and card all take it from here.

The names are the properties of the Croissant RAI vocabulary 1.0. A statement that only the
publisher can make says that it is open, and about.yaml fills it.
"""

from __future__ import annotations

from typing import Final

from .about import About
from .facts import Facts
from .source_type import METHODS

PROPERTIES: Final = (
    "dataCollection",
    "dataCollectionType",
    "dataCollectionMissingData",
    "dataCollectionRawData",
    "dataPreprocessingProtocol",
    "dataManipulationProtocol",
    "dataAnnotationProtocol",
    "dataAnnotationPlatform",
    "dataAnnotationAnalysis",
    "annotationsPerItem",
    "annotatorDemographics",
    "machineAnnotationTools",
    "dataBiases",
    "dataLimitations",
    "dataUseCases",
    "dataSocialImpact",
    "personalSensitiveInformation",
    "dataReleaseMaintenancePlan",
)

_PHOTOS: Final = {
    "dataCollection": "Photographs that others had published were gathered by the publisher; "
    "CREDITS.csv names each with its licence and origin as the source states them. How they were "
    "chosen from all that was published is for the publisher to say.",
    "dataCollectionType": "Secondary Data analysis",
    "dataCollectionRawData": "The photographs as published by their authors. They are not part "
    "of the release; each is named by its SHA-256.",
    "dataPreprocessingProtocol": "Each photograph was turned upright by its EXIF, converted to "
    "RGB, shrunk where it was larger than the recipe allows, and encoded once as JPEG, the same "
    "way whether a face was forged or not.",
    "machineAnnotationTools": "YuNet (face boxes), MediaPipe Face Mesh (landmarks and face "
    "regions), manyfaces (masks, from the arrays that made the pixels).",
    "dataBiases": "The photographs are those that could be gathered under their licences: who is "
    "shown, where and when follows from that, and was neither balanced nor measured by gender, "
    "age or skin tone. Faces that the detector misses (profiles, covered, very small) are not "
    "annotated; its misses may differ between groups of people.",
    "personalSensitiveInformation": "The photographs show people, who can be recognised where "
    "their faces were left as they are; nothing here says that they were asked. Forged faces "
    "mix the features of two people of the dataset, or alter one. No names, ages or other "
    "attributes of people are recorded.",
}
_DRAWN: Final = {
    "dataCollection": "No data was collected: every scene and every person in it was drawn by a "
    "program from random numbers.",
    "dataCollectionType": "Software Collection",
    "dataCollectionRawData": "The seed and the program that draws.",
    "dataPreprocessingProtocol": "Each scene was encoded once as JPEG, the same way whether a face "
    "was forged or not.",
    "machineAnnotationTools": "None: masks and landmarks come from the geometry of the drawing.",
    "dataBiases": "Drawn people vary in tone, shape, hair, glasses and pose as their program "
    "draws them; they stand for no population, and a detector that is good on them may be bad on "
    "photographs.",
    "personalSensitiveInformation": "None: nobody shown exists.",
}
_SHARED: Final = {
    "dataCollectionMissingData": "Unreadable photographs, exact copies, very small ones and those "
    "without a face were left out.",
    "dataAnnotationPlatform": "None: no annotation by hand.",
    "dataAnnotationAnalysis": "Each forgery passed gates on seam, tone, sharpness, contrast and "
    "landmarks; their values stand in its provenance line. Masks of forged pixels are exact; "
    "regions and landmarks of real faces are measured, and no human has looked at each.",
    "dataAnnotationProtocol": "For every face: label, visible region as a lossless mask, tight "
    "box, 68 landmarks. For a forged face also the mask of the changed pixels and the band along "
    "that mask's edge. Labels are known, because the forgeries were made here.",
    "annotationsPerItem": "1",
    "annotatorDemographics": "No human annotators.",
    "dataUseCases": "Training and testing detectors and localisers of forged faces in images with "
    "several people. Not for identifying anyone, not for training systems that forge, not for "
    "judging people by their faces.",
    "dataSocialImpact": "Detectors of forged faces help to expose deception; the same forgeries, "
    "taken out of context, could deceive. Published copies are therefore marked in their "
    "metadata, and nothing here may be presented as real.",
}


def statements(about: About, facts: Facts) -> dict[str, str]:
    """Property → text, all of ``PROPERTIES``; the publisher's words come first.

    A property that the publisher adds stands after these.
    """
    texts = {
        **_SHARED,
        **(_DRAWN if facts.drawn else _PHOTOS),
        "dataManipulationProtocol": _manipulation(facts),
        "dataLimitations": _limitations(facts),
        "dataReleaseMaintenancePlan": _maintenance(about, facts),
        **about.statements,
    }
    return {name: texts[name] for name in dict.fromkeys((*PROPERTIES, *texts))}


def _manipulation(facts: Facts) -> str:
    used = ", ".join(
        f"{name} {version} ({count} faces)" for name, (version, count) in facts.methods.items()
    )
    return (
        f"Faces were forged by manyfaces: {used or 'none in the open splits'}. "
        "Outside the masks of changed pixels a forged image equals its pristine one before the "
        "one encode. provenance/<split>.jsonl has photograph, donors, method and parameters of "
        "each face."
    )


def _limitations(facts: Facts) -> str:
    classical = ", none of them a generative network" if set(facts.methods) <= set(METHODS) else ""
    return (
        f"Still images only. The methods are those listed{classical}: a detector trained here "
        "learns their traces, not those of other forgeries. Small, covered and strongly turned "
        "faces stay real."
    )


def _maintenance(about: About, facts: Facts) -> str:
    contact = about.contact or "the publisher (no address is given)"
    return (
        f"A photograph is withdrawn on request to {contact}: the image, every image that took a "
        "face from it, and their annotations leave all files; tombstones.jsonl keeps hash, image "
        f"ids, split and date, {facts.withdrawn} so far. Image ids are never given again. "
        "Versions: a correction raises the third number, data added or withdrawn the second, a "
        "change of format the first."
    )


def describe(about: About, facts: Facts) -> str:
    """The dataset in one paragraph."""
    what = "drawn people" if facts.drawn else "people in photographs"
    hidden = ""
    if facts.hidden:
        names = " and ".join(facts.hidden)
        hidden = f" {sum(facts.hidden.values())} images ({names}) are released without labels."
    counts = (
        f"{facts.images} images of {what}; {facts.faces} faces annotated with masks, boxes and 68 "
        f"landmarks, {facts.fake} of them forged.{hidden}"
    )
    return f"{about.description} {counts}" if about.description else counts
