"""What the page says in words: kept apart, so that numbers and sentences stay readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .numbers import Shown


@dataclass(frozen=True, slots=True)
class Told:
    """A headline number: its name, where it stands, and what it means in one sentence."""

    name: str
    key: Shown
    meaning: str
    as_percent: bool = False


HEADLINE: Final = (
    Told(
        "Faces found",
        ("box", "recall", "any"),
        "The share of true faces that a detection covers well, real or fake all the same.",
        as_percent=True,
    ),
    Told(
        "Fake told from real",
        ("box", "label_AUC", "any"),
        "Label AUC: how often, of one fake and one real face that were found, the fake one gets "
        "the higher forged score. 0.5 is guessing, 1 is perfect.",
    ),
    Told(
        "The same, among faces of like size",
        ("box", "label_AUC_adjusted", "any"),
        "Only pairs of like size are compared: where small faces are hardly ever forged, knowing "
        "that helps no more. 0.5 is guessing, 1 is perfect.",
    ),
    Told(
        "Boxes, all in all",
        ("box", "AP", "all"),
        "Box AP: faces must be found, framed closely and labelled rightly, all at once. "
        "1 is perfect.",
    ),
    Told(
        "Outlines, all in all",
        ("mask", "AP", "all"),
        "Mask AP: as for boxes, but the outline of the face must fit. 1 is perfect.",
    ),
    Told(
        "Edges of the outlines",
        ("boundary", "AP", "all"),
        "Boundary AP: as for outlines, but a narrow band along the edge must fit as well.",
    ),
    Told(
        "Total error, lower is better",
        ("mask", "oLRP", "all"),
        "Mask oLRP: misses, false alarms and poor outlines in one number, at the best score "
        "threshold. 0 is perfect, 1 is useless.",
    ),
    Told(
        "Forged pictures told apart",
        ("image", "image_AUC", "any"),
        "Image AUC: how often a picture with a forged face gets a higher score than one "
        "without. 0.5 is guessing, 1 is perfect.",
    ),
    Told(
        "Forged pixels outlined",
        ("pixel", "pixel_IoU", "fake"),
        "Pixel IoU: the overlap of the forged region in truth and answer, all pictures pooled. "
        "1 is perfect.",
    ),
)

CLASSES: Final = {"real": "real", "fake": "fake", "any": "any label"}
ROWS: Final = {"all": "mean of both", **CLASSES}
TASKS: Final = {"box": "Boxes", "mask": "Outlines", "boundary": "Edges"}
# Metric → its column's head.
COLUMNS: Final = {
    "AP": "AP",
    "AP50": "AP50",
    "AP75": "AP75",
    "AR_100": "AR_100",
    "oLRP": "oLRP ↓",
}
GROUPED: Final = {
    "recall": "faces found",
    "label_accuracy": "right label",
    "label_AUC": "fake from real",
    "label_AUC_adjusted": "of like size",
}
ERRORS: Final = ("count", "AP cost")
SEVERITIES: Final = ("0", "1", "2", "3", "4", "5", "mean", "kept", "worst", "area")

DIMENSIONS: Final = {
    "size": ("By size of the face", "Up to 32², 32² to 96², and more pixels."),
    "faces": ("By number of faces in the picture", "Alone, a few, a crowd."),
    "forged": ("By number of forged faces in the picture", "None of them, one, a few, many."),
    "method": (
        "By method of forgery",
        "Forged faces only. Fake told from real is measured against all real faces.",
    ),
}

KINDS: Final = {
    "label": (
        "wrong label",
        "well placed on a face, but it calls a fake face real or a real one fake",
    ),
    "localisation": ("badly placed", "the right label, but too loosely over the face"),
    "both": ("wrong label, badly placed", "loosely over a face of the other label"),
    "duplicate": ("duplicate", "on a face that a higher scored detection has found already"),
    "background": ("background", "where there is no face"),
    "missed": ("missed", "a true face that no detection can be mended to cover"),
}
SUMS: Final = {
    "false_positive": ("all false alarms", "every detection that is not right"),
    "false_negative": ("all faces not found", "every true face without a right detection"),
}

CURVES: Final[dict[str, Shown]] = {
    "faces found": ("box", "recall", "any"),
    "fake told from real": ("box", "label_AUC", "any"),
    "mask AP": ("mask", "AP", "all"),
}
CURVE_STYLES: Final = {"faces found": "any", "fake told from real": "fake", "mask AP": "real"}

GLOSSARY: Final = {
    "Track": (
        "One way of showing the test pictures: clean, or perturbed in one kind at a "
        "severity from 1 (mild) to 5 (severe)."
    ),
    "IoU": (
        "Intersection over union: the area that two boxes or outlines share, divided by the "
        "area that they cover together. 1 is a perfect fit, 0 no overlap."
    ),
    "Found": "A face is found if a detection covers it with an IoU of 0.5 or more.",
    "Precision": "The share of detections that are right.",
    "Recall": "The share of true faces that are found.",
    "AP": (
        "Average precision: the area under the curve of precision against recall as the "
        "score threshold falls, mean over ten IoU thresholds from 0.50 to 0.95. AP50 and "
        "AP75 are at one threshold. For the class 'any label', labels are ignored."
    ),
    "AR_100": (
        "Average recall with at most 100 detections a picture, mean over the same IoU thresholds."
    ),
    "oLRP": (
        "Optimal localisation recall precision error: the least mean of misses, false "
        "alarms and looseness over all score thresholds. Lower is better."
    ),
    "AUC": (
        "Area under the ROC curve: how often the right one of a random pair gets the higher score."
    ),
    "Forged score": (
        "How forged the detector holds a face, from 0 to 1, computed from the scores of its "
        "fake and real answers for the face."
    ),
    "Box, mask, boundary": (
        "The frame around a face, its exact outline filled, and a narrow band along that outline."
    ),
    "Interval": (
        "[low, high]: between these the number lies in 95 of 100 test sets drawn again from "
        "the same photographs."
    ),
    "AP cost": (
        "How much AP50 (mean of real and fake) would rise were this kind of error alone "
        "mended. Costs do not add up: mending one kind uncovers others."
    ),
    "n": "How many things a number rests on: with few, it says little.",
}
