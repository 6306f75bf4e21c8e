"""That the pages can be read: contrast, structure, names for all that is not text."""

import re

import pytest
from board_entries import Page, entry
from manyfaces.leaderboard import board as board_module
from manyfaces.leaderboard.board import publish
from manyfaces.leaderboard.ranking import Headline
from manyfaces.leaderboard.site.lines import MOST_LINES

BASE = board_module._environment(3).loader.get_source(None, "base.html")[0]
THEMES = {
    "light": dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]{6})", BASE.split("@media")[0])),
    "dark": dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]{6})", BASE.split("@media")[1])),
}
TEXT = [("ink", "bg"), ("ink", "card"), ("soft", "bg"), ("soft", "card"), ("accent", "bg"),
        ("accent", "card"), ("accent", "tint")]  # fmt: skip


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_a_contrast_of_4_5_and_lines_of_3(theme):
    colours = THEMES[theme]
    assert len(colours) == 7 + MOST_LINES
    for ink, ground in TEXT:
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for number in range(MOST_LINES):
        assert contrast(colours[f"c{number}"], colours["card"]) >= 3, number


def test_lines_differ_without_their_colours():
    dashes = re.findall(
        r"\.line\.c(\d) \{ stroke:var\(--c\d\);(?: stroke-dasharray:([\d ]+);)?", BASE
    )
    assert len(dashes) == MOST_LINES
    assert len({dash for _, dash in dashes}) == MOST_LINES


ENTRIES = [
    entry("a", clean=0.5, fog_1=0.4, fog_3=0.3, date="2026-01-01", low=0.2, high=0.6),
    entry("b", clean=0.6, fog_1=0.2, fog_3=0.1, date="2026-02-01", baseline=True),
    entry("none", clean=None),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    site = tmp_path_factory.mktemp("looks") / "site"
    publish(ENTRIES, "T", site, Headline())
    return {path.relative_to(site): Page(path.read_text()) for path in site.rglob("*.html")}


def test_every_page_has_one_heading_a_skip_link_and_where_it_leads(pages):
    assert len(pages) == 3 + 3 + 3
    for name, page in pages.items():
        assert len(page.all("h1")) == 1, name
        assert [attrs["id"] for attrs in page.all("main")] == ["main"], name
        first = page.all("a")[0]
        assert (first["href"], first["class"]) == ("#main", "skip")


def test_tables_have_captions_and_heads_with_a_scope(pages):
    for name, page in pages.items():
        tables = page.all("table")
        assert len(page.all("caption")) == len(tables) > 0, name
        assert all(attrs["scope"] in {"row", "col"} for attrs in page.all("th")), name


def test_tables_scroll_in_boxes_that_the_keyboard_reaches(pages):
    for name, page in pages.items():
        boxes = [attrs for attrs in page.all("div") if "scroll" in attrs.get("class", "").split()]
        assert len(boxes) == len(page.all("table")), name
        for attrs in boxes:
            assert attrs["tabindex"] == "0"
            assert attrs["aria-label"]


def test_the_standings_wrap_their_heads_before_they_scroll():
    """With two tracks, all columns stand side by side on a page 1,200 pixels wide."""
    (heads,) = re.findall(r"\.sortable thead th \{([^}]*)\}", BASE)
    assert "white-space:normal" in heads
    (cells,) = re.findall(r"\.sortable :is\(th, td\) \{([^}]*)\}", BASE)
    assert "padding-left:8px" in cells


def test_pictures_say_what_they_show(pages):
    for page in pages.values():
        for attrs in page.all("svg"):
            assert attrs.get("aria-label") or attrs.get("aria-hidden") == "true"


def test_nothing_is_fetched_from_elsewhere_and_no_button_is_dead_without_the_script(pages):
    for name, page in pages.items():
        assert not [link for link in page.links if "//" in link], name
        assert page.all("button") == []


def test_ids_are_unique(pages):
    for page in pages.values():
        ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
        assert len(set(ids)) == len(ids)
