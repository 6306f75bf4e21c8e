"""Which digital source type, in the IPTC's words, is true of an image of the dataset.

The terms are those of http://cv.iptc.org/newscodes/digitalsourcetype/ (2024-10-23). No method
that comes with the package is a network; of one that is, the parameters name the networks'
files, and only then a term for generative AI is chosen by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from .lines import Line, donors_of, is_fake

SCHEME: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"

# What the vocabulary says of each term that may be true of a picture here, the one that
# tells most of a manipulation first.
TERMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "compositeWithTrainedAlgorithmicMedia": "edited using generative AI",
        "compositeSynthetic": "composite including generative AI elements",
        "composite": "composite of elements, generative AI or not",
        "compositeCapture": "composite of elements that are all captures of real life",
        "algorithmicallyEnhanced": "altered by an algorithm, its main content unchanged",
        "trainedAlgorithmicMedia": "created using generative AI",
        "algorithmicMedia": "created purely by an algorithm, without training data",
        "digitalCapture": "captured from real life by a digital camera",
        "computationalCapture": "several frames of real life merged by a camera",
        "negativeFilm": "digitised from a negative on film",
        "positiveFilm": "digitised from a positive on film",
        "print": "digitised from a print",
        "screenCapture": "a capture of a screen",
        "humanEdits": "edited by humans with non-generative tools",
        "digitalCreation": "created by a human with non-generative tools",
    }
)

DRAWN: Final = "drawn"  # origin of what is drawn by a program
LEARNED: Final = "compositeWithTrainedAlgorithmicMedia"  # of a method that is a network
# A method that is not named here says nothing of itself, and "composite" is true of it.
# A picture whose face shows what it did not is more than "enhanced", even where no other
# photograph was used; where something was drawn into it, its elements are not all captures.
METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "swap",
                "swap-turned",
                "swap-part",
                "morph",
                "reenact",
                "head-turn",
                "face-shape",
                "gaze",
            ),
            "compositeCapture",
        ),
        **dict.fromkeys(("identity", "expression", "speak"), "composite"),
        **dict.fromkeys(
            (
                "self-blend",
                "skin-tone",
                "make-up",
                "age",
                "beard-shadow",
                "eye-colour",
                "hair-colour",
            ),
            "algorithmicallyEnhanced",
        ),
    }
)


def source_type(
    lines: Sequence[Line], *, pristine: str, methods: Mapping[str, str] = METHODS
) -> str:
    """The term for one image.

    Args:
        lines: the provenance lines of its faces.
        pristine: the term for the photographs themselves.
        methods: method → term, for methods that know better than "composite".

    Returns:
        A key of ``TERMS``. Where every element is drawn and no network had a part,
        ``algorithmicMedia``; where none is forged, ``pristine``; else what tells most among
        the methods used.
    """
    fakes = [line for line in lines if is_fake(line)]
    if lines and all(map(_is_drawn, lines)) and not any(map(_is_learned, fakes)):
        return "algorithmicMedia"
    used = {_term(line, methods) for line in fakes}
    return min(used, key=list(TERMS).index) if used else pristine


def _term(line: Line, methods: Mapping[str, str]) -> str:
    unnamed = LEARNED if _is_learned(line) else "composite"
    return methods.get(str(line.get("method")), unnamed)


def _is_learned(line: Line) -> bool:
    parameters = line.get("parameters")
    return isinstance(parameters, Mapping) and bool(parameters.get("networks"))


def _is_drawn(line: Line) -> bool:
    return all(record.get("origin") == DRAWN for record in (line["photo"], *donors_of(line)))
