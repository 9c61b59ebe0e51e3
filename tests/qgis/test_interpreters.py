"""Which Python an environment is built on: those of the machine, and one that uv fetches."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from uv import find_uv_bin

from resam_qgis import environment, interpreters
from resam_qgis.environment import Plan
from resam_qgis.interpreters import BuildError, NoPython
from tests.qgis.building import installer, run


def test_the_first_good_python_is_chosen_and_others_are_named_with_the_reason(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3 8\necho $0\n")
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\necho \"No module named 'ensurepip'\" >&2\nexit 1\n")
    for program in (old, bare):
        program.chmod(0o755)
    assert interpreters.choose(run, [(str(old),), (str(bare),), (sys.executable,)]) == sys.executable
    with pytest.raises(NoPython, match=r"version 3\.8.*python3-venv") as none:
        interpreters.choose(run, [(str(old),), (str(bare),)])
    assert none.value.helper == str(old), "uv runs on it, and can fetch another"


def test_a_python_without_its_venv_module_is_told_with_the_package_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\necho \"No module named 'ensurepip'\" >&2\nexit 1\n")
    bare.chmod(0o755)
    with pytest.raises(
        NoPython, match=r"venv module is missing.*sudo apt install python3-venv.*try again"
    ) as none:
        interpreters.choose(run, [(str(bare),)])
    assert none.value.helper is None, "uv could not be installed on it"


@pytest.mark.parametrize(
    ("of_qgis", "program"),
    [
        ("OSGeo4W/apps/Python312", "python3.exe"),
        ("QGIS 3.44/apps/Python312", "python.exe"),
        ("QGIS.app/Contents/MacOS", "bin/python3"),
        ("flatpak/usr", "bin/python3"),
    ],
)
def test_the_python_beside_qgis_is_tried_though_no_path_leads_there(
    of_qgis: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / of_qgis / program
    python.parent.mkdir(parents=True)
    python.write_text("")
    monkeypatch.setattr(sys, "exec_prefix", str(tmp_path / of_qgis))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(interpreters, "MAC_FOLDERS", ())
    assert interpreters.candidates() == [(str(python),)]


def test_without_any_python_there_is_nothing_to_fetch_one_with() -> None:
    with pytest.raises(NoPython, match="none was found") as none:
        interpreters.choose(run, [])
    assert none.value.helper is None


FETCHING = """
import os, sys
# Stands in for uv: "fetches" the Python that runs it.
home = os.environ["UV_PYTHON_INSTALL_DIR"]
python = os.path.join(home, "cpython-3.12", "bin", "python3")
if sys.argv[1:3] == ["python", "install"]:
    assert sys.argv[3:] == ["3.12", "--install-dir", home], sys.argv
    os.makedirs(os.path.dirname(python))
    os.symlink(sys._base_executable, python)
elif sys.argv[1:3] == ["python", "find"]:
    print(python)
"""


def test_uv_fetches_a_python_where_none_fits(plan: Plan) -> None:
    offline = ["--no-index", "--find-links", str(installer(plan, FETCHING))]
    python = interpreters.fetch(run, sys.executable, plan.home, plan.locks / "build.txt", offline)
    assert Path(python).is_relative_to(plan.home)
    assert interpreters.choose(run, interpreters.fetched(plan.home))
    environment.remove(plan.home)
    assert interpreters.fetched(plan.home) == []


def test_a_python_that_cannot_be_fetched_is_one_line(plan: Plan) -> None:
    fails = "import sys; sys.exit('error: the mirror\\nis gone')"
    offline = ["--no-index", "--find-links", str(installer(plan, fails))]
    with pytest.raises(BuildError, match="could not be fetched: error: the mirror is gone"):
        interpreters.fetch(run, sys.executable, plan.home, plan.locks / "build.txt", offline)


@contextmanager
def mirror_of(body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A mirror on this machine that answers all with the same bytes; its address, and what was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_what_a_mirror_offers_as_python_is_checked_by_uv_itself(plan: Plan) -> None:
    real = f"import subprocess, sys; sys.exit(subprocess.call([{find_uv_bin()!r}, *sys.argv[1:]]))"
    offline = ["--no-index", "--find-links", str(installer(plan, real))]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("python/bin/python3"))
    with mirror_of(packed.getvalue()) as (address, asked):

        def mirrored(
            command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
        ) -> tuple[int, str]:
            return run(command, {**variables, "UV_PYTHON_INSTALL_MIRROR": address}, on_line)

        with pytest.raises(BuildError, match=r"could not be fetched.*Hash mismatch"):
            interpreters.fetch(mirrored, sys.executable, plan.home, plan.locks / "build.txt", offline)
    assert f"cpython-{interpreters.FETCHED}" in asked[0]
    assert interpreters.fetched(plan.home) == []
