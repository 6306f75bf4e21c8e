import re
import shutil
import subprocess

import pytest
from board_entries import content, entry
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.leaderboard.site.paper import latex, latex_text, markdown

ENTRIES = [
    entry("good", clean=0.61239, fog_1=0.4),
    entry("a|b_c & 50%", clean=0.5, fog_1=0.2, baseline=True),
    entry("half", clean=0.9),
]


def test_markdown_marks_the_best_the_baselines_and_what_is_missing():
    assert markdown(content(ENTRIES)).splitlines() == [
        "| rank | entry | overall | clean | fog-1 |",
        "| --: | :-- | --: | --: | --: |",
        "| 1 | good | **0.506** | 0.612 | **0.400** |",
        r"| 2 | a\|b\_c &amp; 50% (*baseline*) | 0.350 | 0.500 | 0.200 |",
        "| – | half | – | **0.900** | – |",
    ]


def test_latex_has_the_same_table():
    assert latex(content(ENTRIES, title="50 % & more")).splitlines() == [
        r"% needs \usepackage{booktabs}",
        r"% 50 \% \& more: mask AP, higher is better",
        r"\begin{tabular}{rlrrr}",
        r"\toprule",
        r"rank & entry & overall & clean & fog-1 \\",
        r"\midrule",
        r"1 & good & \textbf{0.506} & 0.612 & \textbf{0.400} \\",
        r"2 & a\textbar{}b\_c \& 50\% (\emph{baseline}) & 0.350 & 0.500 & 0.200 \\",
        r"-- & half & -- & \textbf{0.900} & -- \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize("write", [markdown, latex])
def test_no_more_digits_than_the_board_shows(write):
    text = write(content(ENTRIES, decimals=1))
    assert "0.6" in text
    assert not re.search(r"\d\.\d\d", text)


def test_letters_that_latex_cannot_set_are_named():
    assert latex_text("Ünal Şahin Ærø “x”") == "Ünal Şahin Ærø “x”"
    assert latex_text("顔 ą 🙂") == "[U+9854] [U+0105] [U+1F642]"
    assert latex_text("U\u0308") == "Ü"


@given(st.text(max_size=40))
def test_any_name_stays_in_its_cell(name):
    text = latex_text(name)
    assert "\n" not in text
    bare = re.sub(r"\\[&%$#_{}]", "", re.sub(r"\\[a-z]+\{\}", "", text))
    assert not set(bare) & set("&%$#_{}\\^~<>|")


def test_an_empty_board_is_a_table_without_rows():
    assert len(markdown(content([])).splitlines()) == 2
    assert r"\begin{tabular}{rlr}" in latex(content([]))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_compiles(tmp_path):
    letters = "".join(map(chr, range(0x20, 0x2500)))
    names = ["a_1 & 50% [a] <b>", "顔 ą Łódź ½ “ı”", r"\end{tabular} ^~#$"]
    names += [letters[at : at + 60] for at in range(0, len(letters), 60)]
    rows = [entry(name, clean=0.1 * number) for number, name in enumerate(names)]
    head = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "t.tex").write_text(head + latex(content(rows)) + r"\end{document}")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
