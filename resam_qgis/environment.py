"""The isolated Python environment of the engine: built beside the old one, tested, then switched to at once.

``HOME/environment.json`` names the folder in use. A build goes into a folder of its own; only when its
self-test has passed is that file replaced. What a cancelled build has downloaded is kept, so the next one
goes on from there. Every package is installed from files with hashes. Standard library alone: running
commands is given.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .indexes import uv_variables
from .interpreters import PYTHONS, TOOLS, BuildError, Run, in_folder

RECORD = "environment.json"
PREFIX = "env-"
DOWNLOADS = "downloads"
MARK, OF_INDEX = ".complete-steps", "torch-of-index.txt"
ACCELERATORS = {"cpu": 2.5, "cuda": 9.0}
"""What torch may compute on, and the GB of disk that building needs."""
WRITTEN = {"cpu": 2.0, "cuda": 7.5}
"""GB that a build writes, about."""
TROUBLES = (
    (("no space left", "disk quota"), "The disk is full. Make room, then try again."),
    (
        ("hash mismatch", "do not match the hash", "hashes are required"),
        "A downloaded file is not the one that was checked for this version; nothing was installed.",
    ),
    (
        ("certificate", "ssl"),
        "The connection could not be trusted: set your proxy's certificate in pip's configuration.",
    ),
    (
        ("connect", "resolve", "dns", "network", "timed out", "error sending", "from versions: none"),
        "The network could not be reached: check connection and proxy, or install from a folder.",
    ),
)
"""What installers say when something is wrong, and what it means for the user."""


class Stopped(BuildError):
    """The user cancelled; the environment in use is as it was."""


@dataclass(frozen=True)
class Plan:
    """What to build.

    Attributes:
        home: folder of the environments.
        locks: folder of the hash-locked requirement files.
        accelerator: a key of :data:`ACCELERATORS`.
        python: the interpreter to build on.
        wheels: folder of wheels to install from without a network, or None.
        index: address of a package index that the user names for torch, or empty; files must match the hashes
            that it states.
        bundle: folder that holds the engine, for the self-test.
    """

    home: Path
    locks: Path
    bundle: Path
    accelerator: str
    python: str
    wheels: Path | None = None
    index: str = ""

    @property
    def files(self) -> tuple[tuple[Path, tuple[str, ...]], ...]:
        """Lock files in the order of installation, each with uv's further options."""
        linux_cpu = self.accelerator == "cpu" and sys.platform.startswith("linux")
        torch = "torch.txt" if linux_cpu else "torch-published.txt"
        backend = ("--torch-backend", "cpu") if linux_cpu and self.wheels is None else ()
        return (
            (self.locks / torch, backend),
            (self.locks / "runtime.txt", ()),
            (self.locks / "sam2.txt", ("--no-build-isolation",)),
        )

    @property
    def signature(self) -> str:
        """What changes when the environment has to be built anew."""
        digest = hashlib.sha256((self.accelerator + self.index).encode())
        for file, _ in self.files:
            digest.update(file.read_bytes())
        return digest.hexdigest()[:12]


def record(home: Path) -> dict[str, str] | None:
    """What is known of the environment in use, or None."""
    try:
        found = json.loads((home / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    complete = isinstance(found, dict) and {"folder", "signature", "accelerator"} <= found.keys()
    return found if complete else None


def current(home: Path) -> Path | None:
    """The Python of the environment in use, or None."""
    found = record(home)
    python = in_folder(home / found["folder"]) if found else None
    return python if python is not None and python.exists() else None


def outdated(plan: Plan) -> bool:
    """Whether the environment in use was built from other locks than this version of the plugin has."""
    found = record(plan.home)
    return found is not None and found["signature"] != plan.signature


class Builder:
    """Builds one environment, step by step."""

    def __init__(
        self,
        plan: Plan,
        run: Run,
        report: Callable[[int, int, str], None] = lambda done, total, text: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Args:
            report: told steps done, steps in all, and what is going on.
            stopped: asked between steps; ``run`` ends its command by itself.
        """
        self._plan, self._run, self._report, self._stopped = plan, run, report, stopped
        self._folder = plan.home / f"{PREFIX}{plan.signature}"

    def build(self) -> Path:
        """Build, test and switch; the Python of the new environment.

        Raises:
            BuildError: something failed; the environment in use is as it was.
            Stopped: the user cancelled.
        """
        self._check_space()
        steps = self._steps()
        marked = self._folder / MARK
        done = _number_in(marked)
        for number, (text, work) in enumerate(steps):
            if self._stopped():
                raise Stopped("Cancelled; what was downloaded is kept.")
            self._report(number, len(steps), text)
            if number >= done or number == len(steps) - 1:
                work()
                with_disk(partial(marked.write_text, str(number + 1), encoding="utf-8"), self._folder)
        self._switch()
        self._report(len(steps), len(steps), "ready")
        return in_folder(self._folder)

    def _steps(self) -> list[tuple[str, Callable[[], None]]]:
        names = {
            "torch.txt": "PyTorch",
            "torch-published.txt": "PyTorch",
            OF_INDEX: "PyTorch",
            "runtime.txt": "the other packages",
        }
        steps: list[tuple[str, Callable[[], None]]] = [
            ("creating the environment", self._create),
            ("installing the installer", self._installer),
        ]
        files = list(self._plan.files)
        if self._plan.index:
            steps.append(("reading the index", self._read_index))
            files[0] = (self._folder / OF_INDEX, ("--index", self._plan.index))
        for file, options in files:
            text = f"installing {names.get(file.name, file.stem)}"
            steps.append((text, partial(self._install, file, options)))
        return [*steps, ("testing it", self._test)]

    def _check_space(self) -> None:
        needed = ACCELERATORS[self._plan.accelerator]
        with_disk(lambda: self._plan.home.mkdir(parents=True, exist_ok=True), self._plan.home)
        free = shutil.disk_usage(self._plan.home).free / 1e9
        if free < needed and not self._folder.exists():
            raise BuildError(
                f"{self._plan.home}: {free:.1f} GB are free and {needed:g} GB are needed. "
                "Make room, then try again."
            )

    def _create(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._command([self._plan.python, "-m", "venv", str(self._folder)])

    def _installer(self) -> None:
        python = str(in_folder(self._folder))
        options = ["--require-hashes", "--no-deps", "--disable-pip-version-check", *self._offline()]
        self._command([python, "-m", "pip", "install", *options, "-r", str(self._plan.locks / "build.txt")])

    def _read_index(self) -> None:
        """Lock torch, in the version that is locked, with the hashes that the user's index states."""
        published = self._plan.files[0][0].read_text(encoding="utf-8")
        pin = next(line.split()[0] for line in published.splitlines() if "==" in line)
        source, lock = self._folder / "torch.in", self._folder / OF_INDEX
        with_disk(lambda: source.write_text(f"{pin}\n", encoding="utf-8"), source)
        python = str(in_folder(self._folder))
        command = [*self._uv(python), "pip", "compile", str(source), "-o", str(lock), "--python", python]
        command += ["--index", self._plan.index, "--no-deps", "--no-annotate", "--generate-hashes"]
        self._command(command, {**self._variables(python), "UV_INDEX_STRATEGY": "first-index"})
        if "--hash=" not in lock.read_text(encoding="utf-8"):
            raise BuildError(f"{self._plan.index}: states no hashes for {pin}; nothing was installed.")

    def _install(self, lock: Path, options: Sequence[str]) -> None:
        python = str(in_folder(self._folder))
        variables = self._variables(python)
        command = [*self._uv(python), "pip", "install", "--python", python, "--no-deps", "--require-hashes"]
        if options and _holds_torch(variables, self._tag(python)):
            options = [part for part in options if part not in ("--torch-backend", "cpu")]
        self._command([*command, *options, *self._offline(), "-r", str(lock)], variables)

    def _variables(self, python: str) -> dict[str, str]:
        """uv's variables: where packages come from, and where they are kept."""
        listing: list[str] = []
        self._run([python, "-m", "pip", "config", "list"], {}, listing.append)
        variables = {} if self._plan.wheels else uv_variables("\n".join(listing), os.environ)
        # sam2's build would look for a CUDA compiler, for a step that is not used here.
        return variables | {
            "SAM2_BUILD_CUDA": "0",
            "UV_CACHE_DIR": str(self._plan.home / DOWNLOADS),
            "UV_NO_PROGRESS": "1",
        }

    def _tag(self, python: str) -> str:
        """What names of wheels for this Python hold, such as ``cp313``."""
        lines: list[str] = []
        self._run([python, "-c", "import sys; print('cp%d%d' % sys.version_info[:2])"], {}, lines.append)
        return lines[-1].strip() if lines else ""

    def _uv(self, python: str) -> list[str]:
        """The program itself where there is one: its Python wrapper would leave it running in Windows."""
        program = in_folder(self._folder).with_name("uv.exe" if sys.platform == "win32" else "uv")
        return [str(program)] if program.exists() else [python, "-m", "uv"]

    def _offline(self) -> list[str]:
        return ["--no-index", "--find-links", str(self._plan.wheels)] if self._plan.wheels else []

    def _test(self) -> None:
        # sam2's archive also installs a package ``training``, which would hide the plugin's.
        for folder in self._folder.glob("[Ll]ib*/**/site-packages/training"):
            shutil.rmtree(folder)
        device = "cuda" if self._plan.accelerator == "cuda" else "cpu"
        command = [str(in_folder(self._folder)), "-m", "engine.selftest", "--device", device]
        try:
            self._command(command, {"PYTHONPATH": str(self._plan.bundle)})
        except BuildError:
            (self._folder / MARK).unlink(missing_ok=True)  # What does not work is built from the start.
            raise

    def _command(self, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        code, problem = self._run(command, variables or {}, lambda line: None)
        if self._stopped():
            raise Stopped("Cancelled; what was downloaded is kept.")
        if code != 0:
            raise BuildError(explained(problem))

    def _switch(self) -> None:
        content = {
            "folder": self._folder.name,
            "signature": self._plan.signature,
            "accelerator": self._plan.accelerator,
            "index": self._plan.index,
        }
        file = self._plan.home / RECORD
        part = file.with_suffix(".part")
        with_disk(lambda: part.write_text(json.dumps(content), encoding="utf-8"), part)
        with_disk(lambda: os.replace(part, file), file)


def with_disk(work: Callable[[], object], place: Path) -> None:
    """Do something on disk; BuildError if the disk refuses."""
    try:
        work()
    except OSError as error:
        raise BuildError(
            f"{place}: cannot be written ({error.strerror}). Make room, or choose another place."
        ) from error


def _holds_torch(variables: Mapping[str, str], tag: str) -> bool:
    """Whether a configured folder of wheels has torch for this Python: then no other index need be asked."""
    folders = [Path(folder) for folder in variables.get("UV_FIND_LINKS", "").split(",") if folder]
    return any(folder.is_dir() and any(folder.glob(f"torch-*-{tag}-*.whl")) for folder in folders)


def explained(problem: str) -> str:
    """What an installer said on stderr, as one line with what to do about it."""
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    said = " ".join(lines[-3:])[-400:] or "the installer said nothing"
    lower = problem.lower()
    for words, meaning in TROUBLES:
        if any(word in lower for word in words):
            return f"{meaning} ({said})"
    return said


def _number_in(file: Path) -> int:
    """The number of steps that a build has behind it; 0 if that cannot be read."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def tidy(home: Path) -> None:
    """Remove environments that are not in use; for a moment when no process runs in one."""
    found = record(home)
    for folder in home.glob(f"{PREFIX}*"):
        if found is not None and folder.name != found["folder"]:
            shutil.rmtree(folder, ignore_errors=True)


def remove(home: Path, downloads: bool = True) -> list[Path]:
    """Remove environments, and what was downloaded for them; adapters and settings stay.

    Returns:
        The folders of which something is left: files that another process uses, say.
    """
    with_disk(lambda: (home / RECORD).unlink(missing_ok=True), home)
    others = [home / name for name in (DOWNLOADS, TOOLS, PYTHONS)] if downloads else []
    folders = [*home.glob(f"{PREFIX}*"), *others]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder for folder in folders if folder.exists()]
