import importlib.util
import json
import os
import subprocess
import sys

import pytest
from manyfaces import __version__
from manyfaces.leaderboard.export.parts import source


@pytest.fixture
def runner(tmp_path):
    """The program as a host loads it, from a folder of its own."""

    def load(version=__version__, requirement=None):
        settings = {"manyfaces": version, "requirement": requirement or f"manyfaces=={version}"}
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        (tmp_path / "runner.py").write_bytes(source("runner.py"))
        spec = importlib.util.spec_from_file_location("runner", tmp_path / "runner.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_a_python_that_has_manyfaces_is_taken_as_it_is(runner):
    assert runner().python() == sys.executable


def installs(module, monkeypatch, version):
    """What would be run to install manyfaces, on a Python of some version."""
    ran = []
    monkeypatch.setattr(module, "_run", lambda words, **more: ran.append((words, more)))
    monkeypatch.setattr(module.sys, "version_info", version)
    module._install()
    return ran


def test_a_newer_python_makes_an_environment_with_the_version_asked_for(runner, monkeypatch):
    module = runner("99.0")
    (venv, _), (pip, _) = installs(module, monkeypatch, (3, 12, 0))
    assert venv[1:3] == ["-m", "venv"]
    assert pip[-1] == "manyfaces==99.0"
    assert pip[0].startswith(str(module.ENVIRONMENT))


def test_an_older_python_gets_a_newer_one_by_uv(runner, monkeypatch):
    module = runner("99.0")
    first, second, third = installs(module, monkeypatch, (3, 9, 21))
    assert first[0][-1] == "uv"
    assert second[0][3:4] == ["venv"]
    assert third[0][-1] == "manyfaces==99.0"
    assert second[1]["PYTHONPATH"] in first[0]


def test_a_package_beside_the_program_is_installed_instead(runner, monkeypatch, tmp_path):
    (tmp_path / "m.whl").touch()
    module = runner("99.0", "m.whl")
    assert installs(module, monkeypatch, (3, 12, 0))[1][0][-1] == str(tmp_path / "m.whl")


def test_the_hosts_own_pins_do_not_hold_ours(runner, monkeypatch):
    monkeypatch.setenv("PIP_CONSTRAINT", "/nowhere.txt")
    look = "import os, sys; sys.exit('PIP_CONSTRAINT' in os.environ or 'A' not in os.environ)"
    runner()._run([sys.executable, "-c", look], A="1")
    assert os.environ["PIP_CONSTRAINT"] == "/nowhere.txt"


def test_an_installation_that_fails_says_what_pip_said(runner):
    with pytest.raises(RuntimeError, match="no such package"):
        runner()._run([sys.executable, "-c", "import sys; sys.exit('no such package')"])


def test_scoring_that_dies_is_an_answer_too(runner, monkeypatch):
    module = runner()
    monkeypatch.setattr(module, "START", "import os; os.kill(os.getpid(), 9)")
    assert module.score("r.zip", "s.zip")["state"] == "failed"


def test_scoring_that_takes_too_long_is_stopped(runner, monkeypatch):
    module = runner()
    monkeypatch.setattr(module, "START", "import time; time.sleep(60)")
    monkeypatch.setattr(module, "SECONDS", 0.2)
    assert module.score("r.zip", "s.zip")["state"] == "failed"


@pytest.mark.parametrize("name", ["runner.py", "evalai.py", "codabench.py"])
def test_programs_need_nothing_newer_than_the_oldest_worker(name):
    """EvalAI's workers have Python 3.9 at most."""
    look = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))"
    subprocess.run([sys.executable, "-c", look], input=source(name), check=True)
    used = {line.split()[1].split(".")[0] for line in source(name).decode().splitlines()
            if line.startswith(("import ", "from ")) and not line.startswith("from .")}  # fmt: skip
    assert used <= set(sys.stdlib_module_names) | {"runner"}
