"""Sessions in the QGIS and Python of Debian 13: ``python tools/debian13.py FOLDER [arguments of pytest]``.

``FOLDER`` becomes a Debian of its own, with QGIS from its backports and the engine's environment, which the
plugin's own builder builds there. Nothing outside it is changed, and mounts last for this run alone: to be
rid of it, remove the folder. For root on a Debian that has ``debootstrap``, ``unshare`` and ``xvfb``.
``RESAM_PUBLISHED_TORCH=1`` takes torch as it is published, with CUDA, where PyTorch's index of CPU builds is
out of reach.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).resolve().parent.parent))

from resam_qgis.environment import in_folder, record
from resam_qgis.indexes import settings_of

ROOT = Path(__file__).resolve().parent.parent
SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEEDED = ("debootstrap", "unshare", "chroot", "xvfb-run")
READY = "qgis-is-installed"
"""A file at the folder's top that stands once everything from Debian is installed."""
HOME = "/var/lib/resam"
"""Where the engine's environment lies in the folder."""
INSIDE = "RESAM_DEBIAN13_MOUNTS"
"""Set in the process that has mounts of its own."""
TESTS = ("sessions", "clicking", "pages", "processing", "killed")
SETTINGS = ("/etc/resolv.conf", "/etc/ssl", "/etc/pip.conf", "/etc/xdg/pip")
"""What the machine reaches its network and packages by."""
INSTALL = f"""
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -t {SUITE}-backports qgis python3-qgis
apt-get install -y -qq --no-install-recommends python3-venv
apt-get clean
"""


class Trouble(Exception):
    """It cannot go on; the message says what to do."""


def run(*command: str, **variables: str) -> None:
    """Run one step; Trouble if it fails."""
    done = subprocess.run(command, env=os.environ | variables, check=False)
    if done.returncode != 0:
        raise Trouble(f"stopped at `{' '.join(command)[:200]}`: mend what it reports above, then repeat")


def mirror() -> str:
    """The address that this machine takes its own Debian packages from."""
    for file in sorted(Path("/etc/apt/sources.list.d").glob("debian*.sources")):
        if found := re.search(r"^URIs:\s*(\S+)", file.read_text(), re.MULTILINE):
            return found[1]
    raise Trouble("no debian*.sources in /etc/apt/sources.list.d: this runs on Debian 12 and later")


def install(folder: Path) -> None:
    """Debian 13 with QGIS into the folder, once; what was cut short begins anew."""
    if (folder / READY).exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    address = mirror()
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(folder), address)
    source = (
        f"Types: deb\nURIs: {address}\nSuites: {SUITE}-backports\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    (folder / "etc/apt/sources.list.d/backports.sources").write_text(source)
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")  # No service starts in there.
    policy.chmod(0o755)
    mount(folder, [])
    run("chroot", str(folder), "sh", "-ec", INSTALL)
    (folder / READY).touch()


def shared() -> list[Path]:
    """What both systems see at the same place: this repository, temporary files, and pip's configuration."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = settings_of(listing)
    named = [value for option in ("find-links", "extra-index-url") for value in found.get(option, [])]
    packages = [Path(urlsplit(value).path) for value in named if urlsplit(value).scheme in ("", "file")]
    tops = [path.parent if path.name == "simple" else path for path in packages]  # Files lie beside an index.
    kept = [ROOT, Path(tempfile.gettempdir()), *map(Path, SETTINGS), *tops]
    return [path for path in dict.fromkeys(kept) if path.exists()]


def mount(folder: Path, places: list[Path]) -> None:
    """Mount what the folder's programs need; for this process and its children alone."""
    run("mount", "-t", "proc", "proc", str(folder / "proc"))
    run("mount", "--rbind", "/dev", str(folder / "dev"))
    for place in places:
        target = folder / place.relative_to("/")
        if place.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        run("mount", "--bind", str(place), str(target))


def environment(folder: Path) -> str:
    """The Python of the engine's environment in the folder, built and tested by the plugin's builder."""
    script = [str(ROOT / "tools" / "build_environment.py"), HOME]
    script += ["--published"] if os.environ.get("RESAM_PUBLISHED_TORCH") else []
    run("chroot", str(folder), "/usr/bin/python3", *script, LC_ALL="C.UTF-8")
    home = folder / HOME.lstrip("/")
    built = record(home)  # Beside it may lie what a build that failed has left.
    if built is None:
        raise Trouble(f"{home}: the builder names no environment there; remove that folder, then repeat")
    return f"/{in_folder(home / built['folder']).relative_to(folder)}"


def wrappers(folder: Path, place: Path) -> Path:
    """Programs that start those of the folder."""
    for name in ("qgis", "python3"):
        program = place / name
        program.write_text(f'#!/bin/sh\nLC_ALL=C.UTF-8 exec chroot "{folder}" /usr/bin/{name} "$@"\n')
        program.chmod(0o755)
    return place


def check(folder: Path, arguments: list[str]) -> None:
    """Run the tests; QGIS, its Python and the engine's Python are those of the folder."""
    files = [f"tests/qgis/test_{name}.py" for name in TESTS]
    with tempfile.TemporaryDirectory() as name:
        place = wrappers(folder, Path(name))
        variables = {
            "PATH": f"{place}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RESAM_TEST_SYSTEM_PYTHON": str(place / "python3"),
            "RESAM_TEST_PYTHON": environment(folder),
            "CI": "1",  # Nothing is left out in silence.
        }
        run("chroot", str(folder), "qgis", "--version", QT_QPA_PLATFORM="offscreen")
        os.chdir(ROOT)
        run(sys.executable, "-m", "pytest", "-q", *(arguments or files), **variables)


def main() -> int:
    """Set up what is missing, then test; 1 and one line on standard error if something fails."""
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder, arguments = Path(sys.argv[1]).resolve(), sys.argv[2:]
    try:
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if os.geteuid() != 0 or missing:
            raise Trouble(f"needs root and {', '.join(NEEDED)} (missing: {', '.join(missing) or 'none'})")
        if not os.environ.get(INSIDE):
            private = ("unshare", "--mount", "--propagation", "private")
            run(*private, sys.executable, __file__, str(folder), *arguments, **{INSIDE: "1"})
            return 0
        install(folder)
        mount(folder, shared())
        check(folder, arguments)
    except Trouble as trouble:
        print(f"debian13: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
