import re
from html.parser import HTMLParser

import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.report import build_report, render, report_data
from manyfaces.benchmark.report.build import page_path, protocol_of
from manyfaces.benchmark.report.data import ERRORS, count_errors, errors_of
from manyfaces.benchmark.results import Score


class Page(HTMLParser):
    """Checks that elements nest, and keeps what they hold."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def said(self):
        return " ".join(" ".join(self.text).split())

    def all(self, tag):
        return [attributes for name, attributes in self.attributes if name == tag]


def gray(size):
    return lambda _: np.full((*size, 3), 128, np.uint8)


def page_of(cases, truth, found, images=None, **about):
    data = report_data(
        cases.scored(truth, found, **about), cases.compared(truth, found), images=images
    )
    return Page(render(data))


def test_the_page_has_every_part(cases):
    page = page_of(cases, *cases.crowd(), gray(cases.SIZE), detector="my detector")
    for part in (
        "my detector", "3 pictures with 6 true faces", "Does it find faces?",
        "Does it tell fake from real?", "Precision against recall", "By size of the face",
        "wrong label", "Worst pictures", "Glossary", "t" * 64, "manyfaces score",
    ):  # fmt: skip
        assert part in page.said, part
    assert "It finds 83.3" in page.said  # five of six
    assert "missed 0, false alarms 0, wrong labels 1" in page.said  # the alarm is a weak one


def test_the_page_needs_nothing_beside_it(cases):
    page = page_of(cases, *cases.crowd(), gray(cases.SIZE))
    assert "script" not in page.tags
    assert "link" not in page.tags
    for _, attributes in page.attributes:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/jpeg;base64,"))
    assert "url(" not in page.said
    assert "@import" not in page.said


def test_the_page_can_be_heard(cases):
    page = page_of(cases, *cases.crowd(), gray(cases.SIZE))
    assert page.all("html") == [{"lang": "en"}]
    assert page.tags.count("h1") == 1
    assert all(image.get("alt") for image in page.all("img"))
    for drawing in page.all("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")
    assert all(head.get("scope") in {"row", "col"} for head in page.all("th"))
    ids = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    links = [link["href"][1:] for link in page.all("a")]
    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)


def test_every_row_of_every_table_has_a_cell_under_each_head(cases):
    truth, found = cases.crowd()
    clean = cases.scored(truth, found)
    dark = tuple(row.model_copy(update={"track": "color-1"}) for row in clean.scores)
    both = clean.model_copy(update={"scores": clean.scores + dark})
    text = render(report_data(both, cases.compared(truth, found), images=gray(cases.SIZE)))
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) > 8
    for table in tables:
        rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        widths = {len(re.findall(r"<t[hd][ >]", row)) for row in rows}
        assert len(widths) == 1, table


def test_hostile_names_stay_text(cases):
    truth, found = cases.crowd()
    result = cases.scored(truth, found, detector=cases.HOSTILE, **{cases.HOSTILE: cases.HOSTILE})
    rows = tuple(
        row.model_copy(
            update={"track": cases.HOSTILE + "-3", "stratum": f"{cases.HOSTILE}={cases.HOSTILE}"}
        )
        for row in result.scores
    )
    hashes = {**result.hashes, cases.HOSTILE: cases.HOSTILE}
    result = result.model_copy(update={"scores": result.scores + rows, "hashes": hashes})
    page = Page(render(report_data(result, cases.compared(truth, found))))
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert cases.HOSTILE in page.said


def test_a_hostile_method_stays_text(cases):
    truth, found = cases.crowd()
    result = cases.scored(truth, found)
    row = Score(
        track="clean", task="box", metric="recall", class_="any",
        stratum=f"method={cases.HOSTILE}", value=0.5, n=2,
    )  # fmt: skip
    page = Page(render(report_data(result.model_copy(update={"scores": (*result.scores, row)}))))
    assert "script" not in page.tags
    assert cases.HOSTILE in page.said


def test_empty_predictions_show_dashes_and_not_zeros(cases):
    truth, _ = cases.crowd()
    nothing = [Instances.empty(cases.SIZE, scored=True)] * len(truth)
    page = page_of(cases, truth, nothing, gray(cases.SIZE))
    assert "No face was found" in page.said
    assert "Precision against recall" not in page.said
    assert "It finds 0.0" in page.said
    auc = page.said.split("Fake told from real")[1][:6]
    assert "–" in auc
    assert "missed 2, false alarms 0, wrong labels 0" in page.said


def test_without_a_forged_face(cases):
    truth = [cases.squares([0, 50], [0, 0])]
    found = [cases.squares([0, 50], [0, 0], [0.9, 0.8])]
    page = page_of(cases, truth, found, gray(cases.SIZE))
    assert "100.0" in page.said
    assert "Worst pictures" not in page.said  # there are no mistakes
    assert "nan" not in page.said.lower().replace("nano", "")


def test_without_any_face(cases):
    page = page_of(cases, [Instances.empty(cases.SIZE)], [Instances.empty(cases.SIZE, scored=True)])
    assert "There are no true faces to find" in page.said
    assert "Precision against recall" not in page.said


def test_an_old_result_alone_still_renders(cases):
    page = Page(render(report_data(cases.old_result(detector="old"))))
    assert "0.500" in page.said
    assert "Boundary AP" not in page.said.split("Glossary")[0]
    assert "What goes wrong" not in page.said
    assert "Robustness" in page.said
    assert page.said.count("block") >= 2


def test_a_result_without_any_score_still_renders(cases):
    empty = cases.old_result().model_copy(update={"scores": ()})
    assert "The result holds no number" in Page(render(report_data(empty))).said


def test_several_tracks_give_robustness_curves(cases):
    truth, found = cases.crowd()
    result = cases.scored(truth, found)
    for track in ("block-1", "block-5", "color-5"):
        rows = tuple(row.model_copy(update={"track": track}) for row in result.scores)
        result = result.model_copy(update={"scores": result.scores + rows[: len(rows)]})
    page = Page(render(report_data(result)))
    labels = [drawing.get("aria-label") or "" for drawing in page.all("svg")]
    for kind in ("mean of all kinds", "block", "color"):
        assert [label for label in labels if label.startswith(f"{kind}: faces found 0.833 at 0")]


def test_intervals_are_shown(cases):
    truth, found = cases.crowd()
    result = cases.scored(truth, found)
    rows = tuple(
        row.model_copy(update={"low": 0.125, "high": 0.875}) if row.value is not None else row
        for row in result.scores
    )
    page = Page(render(report_data(result.model_copy(update={"scores": rows}))))
    assert "[0.125, 0.875]" in page.said
    assert re.search(r"\[12\.5.%, 87\.5.%\]", page.said)


def test_the_same_data_give_the_same_bytes(cases):
    truth, found = cases.crowd()
    data = report_data(
        cases.scored(truth, found), cases.compared(truth, found), images=gray(cases.SIZE)
    )
    assert render(data) == render(data)


def test_errors_that_a_result_holds_are_not_counted_again(cases):
    truth, found = cases.crowd()
    result = cases.scored(truth, found)
    kept = tuple(row for row in result.scores if not row.metric.startswith(("dAP", "errors")))
    bare = result.model_copy(update={"scores": kept})
    assert errors_of(bare, "clean") == {}
    counted = count_errors(cases.compared(truth, found))
    assert set(counted) == {"box", "mask"}
    assert set(counted["box"]) == {f"{p}_{kind}" for kind in ERRORS for p in ("dAP", "errors")}
    assert counted["box"]["errors_label"] == (1, 6)
    assert report_data(bare, cases.compared(truth, found)).errors == counted
    row = Score(track="clean", task="box", metric="errors_label", class_="all", value=41, n=50)
    held = bare.model_copy(update={"scores": (*bare.scores, row)})
    assert report_data(held, cases.compared(truth, found)).errors["box"] == {
        "errors_label": (41, 50)
    }


@pytest.mark.parametrize(("out", "expected"), [("page.html", "page.html"), ("d", "d/report.html")])
def test_a_report_is_a_file_or_lies_in_a_folder(cases, tmp_path, out, expected):
    truth, found = cases.crowd()
    path = build_report(
        cases.scored(truth, found), truth, found, tmp_path / out,
        images=gray(cases.SIZE), ids=[7, 8, 9], title="Title",
    )  # fmt: skip
    assert path == tmp_path / expected == page_path(tmp_path / out)
    page = Page(path.read_text())
    assert "Image 8" in page.said


def test_an_older_protocol_is_completed(cases):
    result = cases.scored(*cases.crowd())
    old = {**result.protocol, "version": "old", "gone": 1}
    old.pop("areas")
    assert protocol_of(result.model_copy(update={"protocol": old})).version == "old"
