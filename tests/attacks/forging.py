"""Work that is killed, many times and soon: one process imports what is needed and forks a child a run.

``python -m tests.attacks.forging MODULE FUNCTION`` reads a line of JSON for each run: the function's
arguments, and perhaps a folder and a number. The child kills itself before it changes anything in that folder
for the time of that number. Standard library alone, for QGIS's own Python runs it too.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"}
"""What Python announces before it is done; ``open`` is one too, where it is for writing."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
KILLED = -signal.SIGKILL


def kill_at(folder: str, number: int) -> None:
    """Have this process die before its change of that number, from 0 on, to what lies in a folder."""
    left = [number]

    def heard(event: str, given: tuple[Any, ...]) -> None:
        if event not in CHANGES and not (event == "open" and (given[2] or 0) & _WRITING):
            return
        paths = [str(path) for path in given[:2] if isinstance(path, str | bytes | Path)]
        # In removing a tree, names are relative to an open folder.
        if any(path.startswith(folder) or not os.path.isabs(path) for path in paths):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

    sys.addaudithook(heard)


def serve(module: str, function: str) -> None:
    home = importlib.import_module(module)
    work = getattr(home, function)
    getattr(home, f"ready_to_{function}", lambda: None)()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(work, asked)
        if asked["after"] is not None:
            time.sleep(asked["after"])
            os.kill(child, signal.SIGKILL)  # If it has ended, its number is kept until it is waited for.
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(work: Any, asked: dict[str, Any]) -> None:
    code = 1
    try:
        if asked["step"] is not None:
            kill_at(asked["folder"], asked["step"])
        work(*asked["given"])
        code = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent would
        traceback.print_exc()
    finally:
        os._exit(code)


class Forge:
    """The other end of the pipe."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder

    def run(self, *given: object, step: int | None = None, after: float | None = None) -> int:
        """Exit code of the work with these arguments.

        Args:
            step: kill it before its change of that number.
            after: kill it after so many seconds.
        """
        assert self._process.stdin is not None
        asked = {"given": given, "step": step, "after": after, "folder": str(self._folder)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def timed(self, *given: object) -> float:
        """Seconds that the work takes undisturbed."""
        started = time.monotonic()
        assert self.run(*given) == 0
        return time.monotonic() - started

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def forge(module: str, function: str, folder: Path, python: str = sys.executable) -> Iterator[Forge]:
    """A forge whose runs may be killed at their changes to a folder."""
    command = [python, "-m", "tests.attacks.forging", module, function]
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment = kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = Forge(process, folder)
        assert made._read() == "ready\n"
        try:
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()


def aged(folder: Path) -> None:
    """Make what hides in a folder look two hours old, so that nobody takes it for a run that lives."""
    before = time.time() - 7200
    for path in folder.rglob(".*"):
        os.utime(path, (before, before))


if __name__ == "__main__":
    serve(*sys.argv[1:])
