"""A published file, a cache of the test's own, and a server that has it, for the tests of downloads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models import download, weights
from engine.models.weights import RemoteFile
from tests.engine.weights_server import Behaviour, serve

CONTENT = os.urandom(400_000)
REMOTE = RemoteFile("https://weights.example/some/folder/net.pth", hashlib.sha256(CONTENT).hexdigest())
SIZED = RemoteFile(REMOTE.published, REMOTE.sha256, len(CONTENT))
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of the test's own, no proxy, no waiting."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("RESAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "RETRY_WAITS_S", (0.0, 0.0, 0.0))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    with serve(files={"/" + REMOTE.url_path: CONTENT}) as behaviour:
        monkeypatch.setenv("RESAM_WEIGHTS_URL", behaviour.address)
        yield behaviour


def part() -> Path:
    return REMOTE.path.with_name("net.pth.part")


def leave_part(content: bytes) -> None:
    part().parent.mkdir(parents=True)
    part().write_bytes(content)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Paths that were hashed, in order."""
    paths: list[Path] = []
    hash_file = weights.file_sha256

    def note_and_hash(path: Path) -> str:
        paths.append(path)
        return hash_file(path)

    monkeypatch.setattr(weights, "file_sha256", note_and_hash)
    return paths
