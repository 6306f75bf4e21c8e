"""What two hosts do with a bundle and a submission, step by step as their workers do it.

EvalAI: ``scripts/workers/submission_worker.py`` (extract_challenge_data, run_submission).
Codabench: ``compute_worker/compute_worker.py`` (prepare, _run_program_directory, push_output).
"""

import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml

# The worker's own process: it imports the package once and calls evaluate, with its outputs
# in files. MultiOut is all that a program gets to write to.
EVALAI_WORKER = """
import contextlib, importlib, json, sys, traceback

class MultiOut(object):
    def __init__(self, *args):
        self.handles = args
    def write(self, s):
        for f in self.handles:
            f.write(s)
    def flush(self):
        for f in self.handles:
            f.flush()

annotation, submission, codename = sys.argv[1:4]
module = importlib.import_module("challenge_data.challenge_1")
stdout, stderr = open("stdout.txt", "a+"), open("stderr.txt", "a+")
sys.stdout, sys.stderr = MultiOut(stdout, sys.__stdout__), MultiOut(stderr, sys.__stderr__)
try:
    output = module.evaluate(annotation, submission, codename, submission_metadata={"id": 1})
except Exception:
    stderr.write(traceback.format_exc())
    output = None
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
stdout.close(), stderr.close()
with open("output.json", "w") as file:
    json.dump(output, file)
"""


def unzip(source, target):
    with zipfile.ZipFile(source) as archive:
        archive.extractall(target)
    return target


class EvalAI:
    """A worker that has loaded a challenge from its zip."""

    def __init__(self, upload, place):
        self.place = place
        config = unzip(upload, place / "config")
        self.config = yaml.safe_load((config / "challenge_config.yaml").read_text())
        package = place / "challenge_data" / "challenge_1"
        package.mkdir(parents=True)
        for folder in (package.parent, package):
            (folder / "__init__.py").touch()
        unzip(config / self.config["evaluation_script"], package)
        (phase,) = self.config["challenge_phases"]
        self.codename = phase["codename"]
        # Stored under another name, with the ending that it had.
        self.annotation = package / "phase_data" / "phase_1" / "0f8fad5b.zip"
        self.annotation.parent.mkdir(parents=True)
        shutil.copyfile(config / phase["test_annotation_file"], self.annotation)

    def run(self, submission):
        """``output``, ``stdout``, ``stderr`` and the status of a submission."""
        words = [self.annotation, Path(submission).resolve(), self.codename]
        subprocess.run(
            [sys.executable, "-c", EVALAI_WORKER, *map(str, words)],
            cwd=self.place,
            check=True,
            capture_output=True,
        )
        found = {"output": json.loads((self.place / "output.json").read_text())}
        for name in ("stdout", "stderr"):
            found[name] = (self.place / f"{name}.txt").read_text()
            (self.place / f"{name}.txt").unlink()
        done = found["output"] and "result" in found["output"]
        return {**found, "status": "finished" if done else "failed"}


class Codabench:
    """A compute worker, and the files of a competition."""

    def __init__(self, upload, place):
        self.place = place
        self.files = unzip(upload, place / "competition")
        self.config = yaml.safe_load((self.files / "competition.yaml").read_text())
        self.count = 0

    def run(self, submission, phase=0):
        """``scores``, ``stdout``, ``stderr``, ``page`` and the status of a submission."""
        self.count += 1
        root = self.place / f"run-{self.count}"
        (index,) = self.config["phases"][phase]["tasks"]
        (task,) = [row for row in self.config["tasks"] if row["index"] == index]
        # Prediction: results without a program are copied, and a file is put beside them.
        predicted = unzip(submission, root / "predicted")
        (predicted / "metadata").write_text("elapsedTime: null\nexitCode: null\n")
        # Scoring.
        app = root / "app"
        unzip(self.files / task["scoring_program"], app / "program")
        unzip(self.files / task["reference_data"], app / "input" / "ref")
        shutil.copytree(predicted, app / "input" / "res")
        for name in ("output", "shared"):
            (app / name).mkdir()
        command = yaml.safe_load((app / "program" / "metadata.yaml").read_text())["command"]
        words = shlex.split(command.replace("/app/", f"{app}/"))
        words = [sys.executable if word == "python3" else word for word in words]
        done = subprocess.run(words, cwd=app / "program", check=False, capture_output=True)
        found = {"stdout": done.stdout.decode(), "stderr": done.stderr.decode()}
        output = {path.name: path.read_text() for path in (app / "output").iterdir()}
        return {
            **found,
            "status": "Finished" if done.returncode == 0 else "Failed",
            "scores": json.loads(output.get("scores.json", "null")),
            "page": output.get("detailed_results.html", ""),
        }
