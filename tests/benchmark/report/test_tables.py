import csv
import io
import shutil
import subprocess

import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.report.tables import (
    escape_latex,
    escape_markdown,
    latex,
    markdown,
    scores_csv,
)


def renamed(result, track):
    rows = tuple(row.model_copy(update={"track": track}) for row in result.scores)
    return result.model_copy(update={"scores": rows})


def test_every_record_is_a_line_of_the_csv(cases):
    result = cases.scored(*cases.crowd())
    rows = list(csv.DictReader(io.StringIO(scores_csv(result))))
    assert len(rows) == len(result.scores)
    for row, score in zip(rows, result.scores, strict=True):
        assert row["class"] == score.class_
        assert row["value"] == ("" if score.value is None else repr(score.value))
        assert int(row["n"]) == score.n


def test_the_headline_has_a_row_for_each_track_and_only_known_columns(cases):
    lines = markdown(cases.old_result()).splitlines()
    assert lines[0] == "| track | box AP |"
    assert lines[2:] == ["| clean | 0.500 |", "| block-5 | 0.250 |"]


def test_intervals_and_undefined_values(cases):
    result = cases.old_result()
    with_ends = result.scores[0].model_copy(update={"low": 0.4, "high": 0.6})
    undefined = result.scores[2].model_copy(update={"value": None, "n": 0})
    result = result.model_copy(update={"scores": (with_ends, undefined)})
    assert "| 0.500 [0.400, 0.600] |" in markdown(result)
    assert "| block-5 | – |" in markdown(result)
    assert r"block-5 & -- \\" in latex(result)


def test_an_error_is_marked_as_lower_is_better(cases):
    result = cases.scored(*cases.crowd())
    assert "mask oLRP ↓" in markdown(result)
    assert r"mask oLRP $\downarrow$" in latex(result)
    assert "box AP ↓" not in markdown(result)


def test_names_cannot_break_out(cases):
    result = renamed(cases.old_result(), "a|b_c\n<i>&$x^2$\\end{tabular}%#~")
    rows = markdown(result).splitlines()
    assert len(rows) == 3  # head, rule, and one track
    assert r"a\|b\_c &lt;i&gt;&amp;\$x^2\$\\end\{tabular\}%\#\~" in rows[2]
    row = next(line for line in latex(result).splitlines() if "textbar" in line)
    assert r"a\textbar{}b\_c \textless{}i\textgreater{}\&\$x\textasciicircum{}2\$" in row
    assert r"\$\textbackslash{}end\{tabular\}\%\#\textasciitilde{}" in row


def test_escapes():
    assert escape_latex("50% of_a {b} #1 & $2") == r"50\% of\_a \{b\} \#1 \& \$2"
    assert escape_markdown("[a](b) `c` *d*") == r"\[a\](b) \`c\` \*d\*"


def test_without_any_number_there_is_still_a_table(cases):
    result = cases.old_result().model_copy(update={"scores": ()})
    assert markdown(result).startswith("| track |")
    assert r"\begin{tabular}{l}" in latex(result)
    assert scores_csv(result).count("\n") == 1


def test_empty_predictions(cases):
    truth, _ = cases.crowd()
    result = cases.scored(truth, [Instances.empty(cases.SIZE, scored=True)] * len(truth))
    assert "| – |" in markdown(result)  # label AUC: no face was found


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_compiles(cases, tmp_path):
    table = latex(renamed(cases.scored(*cases.crowd()), "x_1 & 50% [a] <b>"))
    head = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "t.tex").write_text(head + table + r"\end{document}")
    subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True)
