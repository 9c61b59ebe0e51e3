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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .indexes import uv_variables

RECORD = "environment.json"
PREFIX = "env-"
DOWNLOADS = "downloads"
MARK = ".complete-steps"
PYTHONS = ((3, 11), (3, 12))
"""Versions that the locked packages are made for."""
ACCELERATORS = {"cpu": 2.5, "cuda": 9.0}
"""What torch may compute on, and the GB of disk that building needs."""
PROBE = "import sys, ensurepip, venv; print(*sys.version_info[:2]); print(sys.executable)"
MAC_FOLDERS = (
    str(Path("/usr", "local", "bin")),
    str(Path("/opt", "homebrew", "bin")),
    "/Library/Frameworks/Python.framework/Versions/{}/bin",
)
"""Where Python lies on macOS, whose programs with a window do not have the terminal's PATH."""


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


class BuildError(Exception):
    """The environment cannot be built; the message says why and what to do."""


class Stopped(BuildError):
    """The user cancelled; the environment in use is as it was."""


Run = Callable[[Sequence[str], Mapping[str, str], Callable[[str], None]], "tuple[int | None, str]"]
"""Runs a command with added variables, tells its lines; exit code (None: crashed) and end of stderr."""


@dataclass(frozen=True)
class Plan:
    """What to build.

    Attributes:
        home: folder of the environments.
        locks: folder of the hash-locked requirement files.
        accelerator: a key of :data:`ACCELERATORS`.
        python: the interpreter to build on.
        wheels: folder of wheels to install from without a network, or None.
        bundle: folder that holds the engine, for the self-test.
    """

    home: Path
    locks: Path
    bundle: Path
    accelerator: str
    python: str
    wheels: Path | None = None

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
        digest = hashlib.sha256(self.accelerator.encode())
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
    python = python_in(home / found["folder"]) if found else None
    return python if python is not None and python.exists() else None


def outdated(plan: Plan) -> bool:
    """Whether the environment in use was built from other locks than this version of the plugin has."""
    found = record(plan.home)
    return found is not None and found["signature"] != plan.signature


def python_in(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def candidates() -> list[tuple[str, ...]]:
    """Commands that may start a good interpreter to build on, the likeliest first."""
    versions = [f"{major}.{minor}" for major, minor in PYTHONS]
    found: list[tuple[str, ...]] = []
    for version in versions:
        folders = os.pathsep.join([os.environ.get("PATH", ""), *(f.format(version) for f in MAC_FOLDERS)])
        if path := shutil.which(f"python{version}", path=folders):
            found.append((path,))
    if launcher := shutil.which("py"):
        found += [(launcher, f"-{version}") for version in versions]
    beside = [Path(sys.exec_prefix) / name for name in ("python3.exe", "python.exe", "bin/python3")]
    found += [(str(path),) for path in beside if path.exists()]
    if path := shutil.which("python3"):
        found.append((path,))
    return list(dict.fromkeys(found))


def choose_python(run: Run, tried: Iterable[tuple[str, ...]] | None = None) -> str:
    """The first interpreter that the locked packages can be installed on.

    Raises:
        BuildError: there is none.
    """
    reasons = []
    for command in candidates() if tried is None else tried:
        lines: list[str] = []
        code, problem = run([*command, "-c", PROBE], {}, lines.append)
        name = " ".join(command)
        if code != 0 or len(lines) < 2:
            missing = (
                "its venv module is missing (python3-venv)" if "ensurepip" in problem else "it does not run"
            )
            reasons.append(f"{name}: {missing}")
        elif tuple(int(part) for part in lines[-2].split()) in PYTHONS:
            return lines[-1].strip()
        else:
            reasons.append(f"{name}: is version {lines[-2].replace(' ', '.')}")
    said = "; ".join(reasons) or "none was found"
    raise BuildError(
        f"Python 3.11 or 3.12 with its venv module is needed ({said}). Install one, then try again."
    )


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
        return python_in(self._folder)

    def _steps(self) -> list[tuple[str, Callable[[], None]]]:
        names = {
            "torch.txt": "PyTorch",
            "torch-published.txt": "PyTorch",
            "runtime.txt": "the other packages",
        }
        steps: list[tuple[str, Callable[[], None]]] = [
            ("creating the environment", self._create),
            ("installing the installer", self._installer),
        ]
        for file, options in self._plan.files:
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
        python = str(python_in(self._folder))
        options = ["--require-hashes", "--no-deps", "--disable-pip-version-check", *self._offline()]
        self._command([python, "-m", "pip", "install", *options, "-r", str(self._plan.locks / "build.txt")])

    def _install(self, lock: Path, options: Sequence[str]) -> None:
        python = str(python_in(self._folder))
        listing: list[str] = []
        self._run([python, "-m", "pip", "config", "list"], {}, listing.append)
        variables = {} if self._plan.wheels else uv_variables("\n".join(listing), os.environ)
        # sam2's build would look for a CUDA compiler, for a step that is not used here.
        variables |= {
            "SAM2_BUILD_CUDA": "0",
            "UV_CACHE_DIR": str(self._plan.home / DOWNLOADS),
            "UV_NO_PROGRESS": "1",
        }
        # The program itself where there is one: ended with its Python wrapper, it would live on in Windows.
        program = python_in(self._folder).with_name("uv.exe" if sys.platform == "win32" else "uv")
        command = [str(program)] if program.exists() else [python, "-m", "uv"]
        command += ["pip", "install", "--python", python, "--no-deps", "--require-hashes"]
        if _holds_torch(variables):
            options = [part for part in options if part not in ("--torch-backend", "cpu")]
        self._command([*command, *options, *self._offline(), "-r", str(lock)], variables)

    def _offline(self) -> list[str]:
        return ["--no-index", "--find-links", str(self._plan.wheels)] if self._plan.wheels else []

    def _test(self) -> None:
        # sam2's archive also installs a package ``training``, which would hide the plugin's.
        for folder in self._folder.glob("[Ll]ib*/**/site-packages/training"):
            shutil.rmtree(folder)
        device = "cuda" if self._plan.accelerator == "cuda" else "cpu"
        command = [str(python_in(self._folder)), "-m", "engine.selftest", "--device", device]
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


def _holds_torch(variables: Mapping[str, str]) -> bool:
    """Whether a configured folder of wheels has torch, so that no other index need be asked."""
    folders = [Path(folder) for folder in variables.get("UV_FIND_LINKS", "").split(",") if folder]
    return any(folder.is_dir() and any(folder.glob("torch-*.whl")) for folder in folders)


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


def remove(home: Path, downloads: bool = True) -> None:
    """Remove environments, and what was downloaded for them; adapters and settings stay."""
    with_disk(lambda: (home / RECORD).unlink(missing_ok=True), home)
    for folder in [*home.glob(f"{PREFIX}*"), *([home / DOWNLOADS] if downloads else [])]:
        shutil.rmtree(folder, ignore_errors=True)
