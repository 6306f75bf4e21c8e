import json
import subprocess
import sys
import time

import pytest

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


@pytest.mark.parametrize("kind", ["generators"])
def test_lists_are_for_machines_too(kind):
    rows = json.loads(run("list", kind, "--json").stdout)
    assert rows
    assert all(row["name"] and row["description"] for row in rows)
