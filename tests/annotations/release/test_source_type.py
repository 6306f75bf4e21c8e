from pathlib import Path

import pytest
from manyfaces.annotations.release.source_type import METHODS, TERMS, source_type
from manyfaces.generators.methods.table import GENERATORS


def line(method=None, origin="", donors=()):
    photo = {"sha256": "a", "origin": origin}
    lent = [{"sha256": "b", "origin": one} for one in donors]
    return {"photo": photo, "method": method, "donors": lent, "label": "fake" if method else "real"}


@pytest.mark.parametrize(
    ("lines", "term"),
    [
        ([line(), line()], "digitalCapture"),
        ([], "digitalCapture"),
        ([line(), line("swap", donors=[""])], "compositeCapture"),
        ([line("self-blend")], "algorithmicallyEnhanced"),
        ([line("self-blend"), line("swap", donors=[""])], "compositeCapture"),
        ([line("their.package:method"), line("swap")], "composite"),
        ([line(origin="drawn")], "algorithmicMedia"),
        ([line("swap", "drawn", ["drawn"]), line(origin="drawn")], "algorithmicMedia"),
        ([line("swap", "", ["drawn"])], "compositeCapture"),
    ],
)
def test_the_term_says_what_tells_most_of_the_manipulation(lines, term):
    assert source_type(lines, pristine="digitalCapture") == term


def test_a_publisher_names_the_term_of_a_learned_method():
    methods = {**METHODS, "inpaint": "compositeWithTrainedAlgorithmicMedia"}
    lines = [line("swap"), line("inpaint")]
    assert source_type(lines, pristine="print", methods=methods) == methods["inpaint"]
    assert source_type([line()], pristine="print", methods=methods) == "print"


def learned(origin=""):
    return {**line("mine", origin), "parameters": {"networks": {"network": "5e" * 32}}}


@pytest.mark.parametrize("lines", [[learned()], [line("swap"), learned()], [learned("drawn")]])
def test_a_picture_that_a_network_edited_is_marked_as_generative_ai(lines):
    assert source_type(lines, pristine="digitalCapture") == "compositeWithTrainedAlgorithmicMedia"


def test_a_publisher_who_knows_better_of_a_network_is_believed():
    methods = {**METHODS, "mine": "algorithmicallyEnhanced"}
    assert source_type([learned()], pristine="print", methods=methods) == methods["mine"]


def test_no_method_here_claims_generative_ai_and_every_term_is_of_the_vocabulary():
    assert not any("rained" in term or "Synthetic" in term for term in METHODS.values())
    assert set(METHODS.values()) <= set(TERMS)


def test_every_method_that_ships_has_a_term_and_stands_beside_it_in_the_documentation():
    text = (Path(__file__).parents[3] / "docs" / "releasing.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert METHODS.keys() == GENERATORS.keys()
    for method, term in METHODS.items():
        assert any(f"`{method}`" in row and f"`{term}`" in row for row in rows), method
