"""Servers that answer against the standard, and caches in which somebody left something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import WeightsError
from engine.models import download, weights
from tests.engine.weights_cache import CONTENT, REMOTE, SIZED, hashed, part, server, surroundings
from tests.engine.weights_server import Behaviour

__all__ = ["hashed", "server", "surroundings"]


@pytest.mark.parametrize(
    "place",
    [
        b"http://[::1",
        b"http://[nonsense]/",
        b"http://a..b/",
        b"http://\xff\xfe/",
        b"http://" + b"a" * 300 + b"/",
        b"http://127.0.0.1:99999/",
        b"http://127.0.0.1:port/",
        b"http://",
        b"//",
        b"file:///etc/passwd",
        b"ftp://127.0.0.1/x",
        b"\x00\x01",
        b"%",
        b"http://user:pass@:80/",
        b"",
    ],
)
def test_a_redirect_to_nowhere_is_one_line(server: Behaviour, place: bytes) -> None:
    server.redirects = [place] * 40
    with pytest.raises(WeightsError) as caught:
        weights.fetch(SIZED)
    assert "\n" not in str(caught.value)
    assert not REMOTE.path.exists()


def test_a_redirect_to_a_good_address_is_followed(server: Behaviour) -> None:
    server.files["/moved"] = CONTENT
    server.redirects = [b"/moved"]
    weights.fetch(SIZED)
    assert REMOTE.path.read_bytes() == CONTENT


@pytest.mark.parametrize("length", ["9" * 5000, "9" * 400, "5, 6"])
def test_a_length_that_no_file_has_is_one_line(server: Behaviour, length: str) -> None:
    server.tells_length, server.headers = False, {"Content-Length": length}
    with pytest.raises(WeightsError) as caught:
        weights.fetch(REMOTE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", ["-5", "five", "\u00b2"])
def test_a_length_that_is_none_does_not_matter(server: Behaviour, length: str) -> None:
    server.tells_length, server.headers = False, {"Content-Length": length}
    weights.fetch(REMOTE)
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_server_that_sends_more_than_was_published_fills_no_disk(server: Behaviour) -> None:
    server.tells_length = False
    server.files["/" + REMOTE.url_path] = CONTENT + bytes(10_000_000)
    seen: list[int] = []
    with pytest.raises(WeightsError, match="more than the 400000 bytes"):
        weights.fetch(SIZED, lambda done, total: seen.append(done))
    assert max(seen) <= len(CONTENT) + download.CHUNK
    assert not part().exists()


@pytest.mark.parametrize("marker", ["[" * 100_000, '{"a":' * 100_000, "7", "[]", "\x00", '{"size": 1e999}'])
def test_a_marker_that_is_none_means_hashing_again(hashed: list[Path], marker: str) -> None:
    REMOTE.path.parent.mkdir(parents=True)
    REMOTE.path.write_bytes(CONTENT)
    file = REMOTE.path.with_name("net.pth.verified")
    file.write_text(marker)
    for _ in range(2):
        assert weights.locate(REMOTE, "some-model") == REMOTE.path
    assert hashed == [REMOTE.path]


def test_a_pipe_in_the_place_of_marker_or_part_is_not_waited_for(server: Behaviour) -> None:
    REMOTE.path.parent.mkdir(parents=True)
    os.mkfifo(part())
    with pytest.raises(WeightsError, match="is no file"):
        weights.fetch(REMOTE)
    part().unlink()
    os.mkfifo(REMOTE.path.with_name("net.pth.verified"))
    assert weights.fetch(REMOTE) == REMOTE.path
    assert weights.locate(REMOTE, "some-model") == REMOTE.path
