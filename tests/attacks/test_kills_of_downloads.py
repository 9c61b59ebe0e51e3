"""Downloads that are killed: the file is whole or absent, and the next try leaves nothing else."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.models.weights import RemoteFile
from tests.attacks.forging import KILLED, Forge, aged, forge
from tests.engine.weights_server import serve

CONTENT = os.urandom(8_000_000)
REMOTE = RemoteFile("https://weights.example/net.pth", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
GIVEN = (REMOTE.published, REMOTE.sha256, len(CONTENT))


@pytest.fixture
def smith(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    """Fetches from a server of the test's own into a cache of its own."""
    monkeypatch.setenv("RESAM_CACHE", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serve(files={"/" + REMOTE.url_path: CONTENT}) as server:
        monkeypatch.setenv("RESAM_WEIGHTS_URL", server.address)
        with forge("tests.attacks.killed_fetch", "fetch", tmp_path) as made:
            yield made


def check(smith: Forge, folder: Path) -> None:
    """The file is whole or absent; the next start makes it whole, and nothing else stays."""
    file = folder / "models" / REMOTE.name
    assert not file.exists() or file.read_bytes() == CONTENT
    aged(folder)
    assert smith.run(*GIVEN) == 0
    assert file.read_bytes() == CONTENT
    assert {path.name for path in file.parent.iterdir()} <= {
        REMOTE.name,
        f"{REMOTE.name}.verified",
        f"{REMOTE.name}.lock",
    }
    for path in file.parent.iterdir():
        path.unlink()


def test_a_download_that_is_killed_before_any_of_its_changes_is_continued(
    smith: Forge, tmp_path: Path
) -> None:
    for step in range(100):
        code = smith.run(*GIVEN, step=step)
        check(smith, tmp_path)
        if code != KILLED:
            break
    assert code == 0
    assert step > 4


def test_a_download_that_is_killed_at_any_time_is_continued(
    smith: Forge, tmp_path: Path, count: Callable[[int, int], int]
) -> None:
    seconds, rng, kills = smith.timed(*GIVEN), random.Random(6), 0
    check(smith, tmp_path)
    for _ in range(count(10, 200)):
        kills += smith.run(*GIVEN, after=rng.uniform(0, seconds)) == KILLED
        check(smith, tmp_path)
    assert kills > 0
