"""The command line in processes of its own, without seconds of imports each.

A helper process imports what commands need once, and forks for every command.
"""

import atexit
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = r"""
import json, os, signal, sys, warnings
import cv2
cv2.setNumThreads(1)
import albumentations, pandas, matplotlib.pyplot
try:
    import pytorch_lightning, torchvision, manyfaces.benchmark.training
except ImportError:
    pass
import manyfaces.benchmark.evaluation, manyfaces.cli.app, manyfaces.generators.build

print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, name in ((0, os.devnull), (1, asked["stdout"]), (2, asked["stderr"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
        os.chdir(asked["cwd"])
        sys.argv = ["manyfaces", *asked["arguments"]]
        code = 1
        try:
            manyfaces.cli.app.main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Commands:
    """Runs one command at a time."""

    def __init__(self):
        self._server = None

    def run(self, *arguments):
        """``manyfaces …`` with its exit code and what it said, as ``subprocess.run`` gives it."""
        server = self._started()
        with tempfile.TemporaryDirectory() as place:
            said = [Path(place) / name for name in ("stdout", "stderr")]
            words = list(map(str, arguments))
            files = dict(zip(("stdout", "stderr"), map(str, said), strict=True))
            asked = {"arguments": words, "cwd": str(Path.cwd()), **files}
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            return subprocess.CompletedProcess(words, code, *(path.read_text() for path in said))

    def _started(self):
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-c", SERVER],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            atexit.register(self.close)
            assert self._server.stdout.readline() == "ready\n"
        return self._server

    def close(self):
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


COMMANDS = Commands()
