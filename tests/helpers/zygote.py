"""Starts builds of drawn people as processes of their own, without a second's imports each.

A helper process imports the package once and forks for every build, so that a test can
interrupt many builds at any moment.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

SERVER = r"""
import os, sys, signal, traceback
from pathlib import Path
import cv2
cv2.setNumThreads(1)
import matplotlib.pyplot, PIL.Image, manyfaces.annotations.plots
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.recipe import read_recipe

recipe = read_recipe(Path(sys.argv[1]))
source = DrawnPeople(int(sys.argv[2]), 3, (160, 208))
print("ready", flush=True)
for line in sys.stdin:
    out, workers = line.rstrip("\n").split("\t")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            build_dataset(source, Path(out), recipe, options=Options(workers=int(workers)))
            code = 0
        except KeyboardInterrupt:
            code = 130
        except BaseException:
            traceback.print_exc()  # no frame above sees it: the process ends below
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Zygote:
    """Runs one build at a time; use as a context."""

    def __init__(self, recipe, scenes):
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(recipe), str(scenes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout.readline() == "ready\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def build(self, out, workers=1, kill_after=None, sign=signal.SIGKILL):
        """Build; returns the exit code, negative where the build was killed by a signal."""
        self._process.stdin.write(f"{out}\t{workers}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            # The child stays a zombie at most until the server has waited for it, and its
            # number is not given away that fast.
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, sign)
        return int(self._process.stdout.readline())
