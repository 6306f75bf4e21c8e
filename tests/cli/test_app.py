import json
import subprocess
import sys
import time

import pytest
from manyfaces.benchmark.adversarial.attacks import ATTACKS
from manyfaces.cli import app

COMMAND = [sys.executable, "-c", "from manyfaces.cli.app import main; main()"]


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_help_is_quick_and_names_every_verb():
    start = time.perf_counter()
    done = run("--help")
    seconds = time.perf_counter() - start
    assert done.returncode == 0
    for verb in ("demo", "build", "verify", "list", "train", "check", "score", "evaluate", "board"):
        assert verb in done.stdout
    assert seconds < 3  # 0.3 s on an idle machine; a test machine is not idle


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['manyfaces', '--help']\n"
        "from manyfaces.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'cv2', 'numpy', 'pandas', 'matplotlib', 'albumentations'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_mistake_is_one_sentence_and_exit_2():
    done = run("list", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no list of 'nothing'")
    assert "Traceback" not in done.stderr
    assert run("frobnicate").returncode == 2


def test_help_of_an_attack_names_every_method_and_the_weights_that_ship():
    said = " ".join(run("attack", "run", "--help").stdout.split())
    assert f"{', '.join(ATTACKS)}; several with commas." in said
    for verb in ("attack", "evaluate"):
        said = run(verb, *(["run"] if verb == "attack" else []), "--help").stdout
        assert "mask-rcnn-small" in said


@pytest.mark.parametrize("score", ["-0.1", "1.1"])
def test_a_score_that_no_face_can_have_is_refused(score):
    done = run("predict", "a.jpg", "--out", "seen.jpg", "--min-score", score)
    assert done.returncode == 2
    assert "--min-score" in done.stderr


@pytest.mark.parametrize("kind", ["generators"])
def test_lists_are_for_machines_too(kind):
    rows = json.loads(run("list", kind, "--json").stdout)
    assert rows
    assert all(row["name"] and row["description"] for row in rows)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("build PHOTOS --out D", True),
        ("train mask-rcnn-small --data D --out R", True),
        ("train mask-rcnn-small --data D --find-lr lr.png", False),
        ("attack R --data D --out A --method universal", True),
        ("attack universal R --data D --out u.npz", False),
        ("predict D --out P.json", False),
        ("score P.json --truth T.json", False),
    ],
)
def test_an_interrupted_verb_promises_no_more_than_it_keeps(words, kept, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manyfaces", *words.split()])
    monkeypatch.setattr(app, "_application", interrupted)
    with pytest.raises(SystemExit) as end:
        app.main()
    assert end.value.code == app.INTERRUPTED
    said = capsys.readouterr().err
    assert "un the command again" in said
    assert ("What was finished is kept" in said) == kept
    assert ("Answers for many pictures are kept" in said) == words.startswith("predict")


def interrupted(arguments):
    raise KeyboardInterrupt
