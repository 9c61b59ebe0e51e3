"""Where packages come from: the shipped locks on every platform, and an index that the user names."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from uv import find_uv_bin

from resam_qgis import environment, interpreters
from resam_qgis.environment import Builder, Plan
from resam_qgis.interpreters import BuildError
from tests.qgis.building import installer, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def index(plan: Plan) -> Iterator[tuple[str, Path]]:
    """A package index on this machine, and the folder of what it serves; the real uv reads it."""
    real = f"import subprocess, sys; sys.exit(subprocess.call([{find_uv_bin()!r}, *sys.argv[1:]]))"
    wheels = installer(plan, real)
    served = wheels.parent / "served"
    (served / "our-torch").mkdir(parents=True)
    file = next(wheels.glob("our_torch-*.whl"))
    shutil.move(str(file), served / "our-torch" / file.name)
    digest = hashlib.sha256((served / "our-torch" / file.name).read_bytes()).hexdigest()
    page = f'<a href="{file.name}#sha256={digest}">{file.name}</a>'
    (served / "our-torch" / "index.html").write_text(page)
    handler = partial(SimpleHTTPRequestHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", served / "our-torch"
        server.shutdown()


def built_from(plan: Plan, index: str) -> Path:
    """A build whose torch comes from an index, and all else from the folder of wheels."""
    wheels = plan.wheels
    assert wheels is not None

    def configured(
        command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
    ) -> tuple[int, str]:
        nowhere = {
            "PIP_FIND_LINKS": str(wheels),
            "PIP_INDEX_URL": f"{index}/none",
            "PIP_CONFIG_FILE": os.devnull,
        }
        return run(command, {**variables, **nowhere}, on_line)

    named = replace(plan, wheels=None, accelerator="cuda", index=index)
    return Builder(named, configured).build()


def test_torch_comes_from_the_index_that_the_user_names_with_its_hashes(
    plan: Plan, index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environment.ACCELERATORS, "cuda", 0.1)
    monkeypatch.setattr(Builder, "_test", lambda builder: None)
    python = built_from(plan, index[0])
    assert run([str(python), "-c", "import our_torch, our_runtime"], {}, print)[0] == 0
    lock = (python.parents[1] / environment.OF_INDEX).read_text()
    assert "--hash=sha256:" in lock
    assert (environment.record(plan.home) or {})["index"] == index[0]


def test_a_file_that_is_not_what_its_index_states_is_not_installed(
    plan: Plan, index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environment.ACCELERATORS, "cuda", 0.1)
    page = index[1] / "index.html"
    page.write_text(re.sub("sha256=[0-9a-f]{64}", "sha256=" + "0" * 64, page.read_text()))
    with pytest.raises(BuildError, match="not the one that was checked"):
        built_from(plan, index[0])
    assert environment.current(plan.home) is None


def test_an_index_without_hashes_is_refused(
    plan: Plan, index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environment.ACCELERATORS, "cuda", 0.1)
    page = index[1] / "index.html"
    page.write_text(re.sub("#sha256=[0-9a-f]{64}", "", page.read_text()))
    with pytest.raises(BuildError, match=r"states no hashes for our_torch==1\.0"):
        built_from(plan, index[0])
    assert environment.current(plan.home) is None


def test_the_cpu_build_is_locked_for_every_python() -> None:
    lock = (ROOT / "requirements" / "torch.txt").read_text()
    assert lock.count("--hash=sha256:") == 2 * len(interpreters.VERSIONS), "Linux on x86-64 and on ARM"


PLATFORMS = {
    "x86_64-manylinux_2_28": "Linux",
    "x86_64-pc-windows-msvc": "Windows",
    "aarch64-apple-darwin": "macOS 14",
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("version", [".".join(map(str, version)) for version in interpreters.VERSIONS])
def test_the_locks_can_be_installed_on_every_python_and_platform(
    version: str, platform: str, tmp_path: Path
) -> None:
    sys.path.append(str(ROOT / "tools"))
    from registry import uv_environment

    variables = {**uv_environment(Path(sys.executable)), "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    variables.pop("UV_FIND_LINKS", None)  # A folder of wheels for this machine says nothing of others.
    options = ["--dry-run", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    for name in ("antlr4-python3-runtime", "iopath", "sam2"):  # Pure Python, published as sources alone.
        options += ["--no-binary", name]
    for lock in ("torch-published.txt", "runtime.txt", "sam2.txt"):
        command = [find_uv_bin(), "pip", "install", "--target", str(tmp_path), *options]
        command += ["--python-version", version, "--python-platform", platform]
        command += ["-r", str(ROOT / "requirements" / lock)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{lock} on {PLATFORMS[platform]}: {done.stderr}"
