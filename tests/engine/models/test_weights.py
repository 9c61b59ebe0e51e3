"""Weights arrive whole and verified, or not at all, over lines and onto disks that misbehave."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import requests

from engine.errors import WeightsError
from engine.models import weights
from engine.models.weights import RemoteFile
from tests.engine.weights_cache import (
    CONTENT,
    REMOTE,
    SIZED,
    hashed,
    leave_part,
    part,
    server,
    surroundings,
)
from tests.engine.weights_server import Behaviour, serve

__all__ = ["hashed", "server", "surroundings"]


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A folder in which nobody, root included, can make a file."""
    if os.geteuid() == 0:
        return Path("/proc/self/fdinfo")
    folder = tmp_path / "unwritable"
    folder.mkdir(mode=0o500)
    return folder


def test_a_good_file_arrives_under_its_name_and_nothing_else_is_left(server: Behaviour) -> None:
    assert weights.fetch(REMOTE) == REMOTE.path
    assert REMOTE.path.read_bytes() == CONTENT
    assert not part().exists()
    assert weights.locate(REMOTE, "some-model") == REMOTE.path


def test_a_file_that_is_there_is_not_asked_for_again(server: Behaviour) -> None:
    weights.fetch(REMOTE)
    weights.fetch(REMOTE)
    assert len(server.asked) == 1


def test_a_wrong_file_is_deleted_and_named(server: Behaviour) -> None:
    server.files["/" + REMOTE.url_path] = CONTENT[::-1]
    with pytest.raises(WeightsError, match=r"not the published .* it was deleted") as caught:
        weights.fetch(REMOTE)
    assert "\n" not in str(caught.value)
    assert not REMOTE.path.exists()
    assert not part().exists()


def test_a_cut_connection_is_resumed_in_the_same_call(server: Behaviour) -> None:
    server.cuts = [200_000, 100_000]
    weights.fetch(REMOTE)
    assert REMOTE.path.read_bytes() == CONTENT
    ranges = [wanted for _, wanted in server.asked]
    assert ranges[0] is None
    starts = [int(wanted.removeprefix("bytes=").rstrip("-")) for wanted in ranges[1:]]
    assert 0 < starts[0] <= 200_000 < starts[1] <= 300_000


def test_a_line_that_brings_nothing_is_given_up_and_says_how_to_resume(server: Behaviour) -> None:
    server.cuts = [200_000] + [0] * 20
    with pytest.raises(WeightsError, match="run the same command again to resume"):
        weights.fetch(REMOTE)
    assert CONTENT.startswith(part().read_bytes())
    assert part().stat().st_size > 0
    server.cuts = []
    weights.fetch(REMOTE)
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_part_left_by_an_earlier_run_is_continued(server: Behaviour) -> None:
    leave_part(CONTENT[:123_456])
    seen: list[tuple[int, int | None]] = []
    weights.fetch(SIZED, lambda done, total: seen.append((done, total)))
    assert server.asked == [("/" + REMOTE.url_path, "bytes=123456-")]
    assert seen[0] == (123_456, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_starts_over(server: Behaviour) -> None:
    server.heeds_ranges = False
    leave_part(b"x" * 123_456)
    weights.fetch(REMOTE)
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_and_always_cuts_is_given_up(server: Behaviour) -> None:
    server.heeds_ranges = False
    server.cuts = [200_000] * 50
    with pytest.raises(WeightsError, match="cannot be fetched"):
        weights.fetch(REMOTE)
    assert len(server.asked) <= 6


def test_a_server_that_resumes_at_another_place_is_not_believed(server: Behaviour) -> None:
    server.range_shift = 7
    leave_part(CONTENT[:1000])
    weights.fetch(REMOTE)
    assert [wanted for _, wanted in server.asked] == ["bytes=1000-", None]
    assert REMOTE.path.read_bytes() == CONTENT


@pytest.mark.parametrize("remote", [REMOTE, SIZED])
def test_a_complete_part_only_needs_its_name(server: Behaviour, remote: RemoteFile) -> None:
    leave_part(CONTENT)
    weights.fetch(remote)
    assert REMOTE.path.read_bytes() == CONTENT


@pytest.mark.parametrize("remote", [REMOTE, SIZED])
def test_a_part_longer_than_the_file_starts_over(server: Behaviour, remote: RemoteFile) -> None:
    leave_part(CONTENT + b"x")
    weights.fetch(remote)
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_damaged_part_is_found_out_and_does_not_stick(server: Behaviour) -> None:
    leave_part(b"x" * 1000)
    with pytest.raises(WeightsError, match="it was deleted: try again"):
        weights.fetch(REMOTE)
    weights.fetch(REMOTE)
    assert REMOTE.path.read_bytes() == CONTENT


def test_a_server_that_tells_no_length_is_read_to_its_end(server: Behaviour) -> None:
    server.tells_length = False
    seen: list[tuple[int, int | None]] = []
    weights.fetch(REMOTE, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(CONTENT), None)


def test_a_missing_file_is_an_error_at_once(server: Behaviour) -> None:
    server.files.clear()
    with pytest.raises(WeightsError, match="404 Not Found"):
        weights.fetch(REMOTE)
    assert len(server.asked) == 1


def test_an_overloaded_server_is_asked_again(server: Behaviour) -> None:
    server.statuses = [503, 429]
    weights.fetch(REMOTE)
    assert len(server.asked) == 3


def test_a_file_of_another_length_than_published_is_not_downloaded(server: Behaviour) -> None:
    server.files["/" + REMOTE.url_path] = b"<html>Please log in to the guest network</html>"
    with pytest.raises(WeightsError, match="offers 47 bytes where 400000 were published"):
        weights.fetch(SIZED)
    assert not part().exists()


def test_no_server_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESAM_WEIGHTS_URL", "http://127.0.0.1:9/")
    with pytest.raises(WeightsError, match=r"Connection refused.*check the network") as caught:
        weights.fetch(REMOTE)
    assert "\n" not in str(caught.value)


def test_an_address_that_is_none_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESAM_WEIGHTS_URL", "nowhere")
    with pytest.raises(WeightsError, match=r"nowhere/some/folder/net.pth cannot be fetched"):
        weights.fetch(REMOTE)


def test_an_untrusted_certificate_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise requests.exceptions.SSLError("self-signed certificate")

    monkeypatch.setattr("requests.get", refuse)
    with pytest.raises(WeightsError, match="set REQUESTS_CA_BUNDLE"):
        weights.fetch(REMOTE)


def test_the_proxy_variable_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback server plays the proxy: it is asked for the whole address of a host that is nowhere."""
    with serve(files={f"http://weights.invalid/{REMOTE.url_path}": CONTENT}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("RESAM_WEIGHTS_URL", "http://weights.invalid")
        weights.fetch(REMOTE)
        assert proxy.asked == [(f"http://weights.invalid/{REMOTE.url_path}", None)]
    assert REMOTE.path.read_bytes() == CONTENT


def test_the_publishers_server_is_asked_unless_a_mirror_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESAM_WEIGHTS_URL", raising=False)
    assert REMOTE.url == "https://weights.example/some/folder/net.pth"
    monkeypatch.setenv("RESAM_WEIGHTS_URL", "https://mirror.example/models/")
    assert REMOTE.url == "https://mirror.example/models/some/folder/net.pth"


def test_a_hash_may_say_what_kind_it_is() -> None:
    assert RemoteFile(REMOTE.published, f"sha256:{REMOTE.sha256}") == REMOTE


def test_the_cache_follows_the_platform_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert weights.cache_dir() == tmp_path / "cache" / "models"
    monkeypatch.delenv("RESAM_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, appauthor: f"/caches/{name}")
    assert weights.cache_dir() == Path("/caches/resam/models")


def test_a_cache_that_cannot_be_written_is_named(
    server: Behaviour, unwritable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "cache_dir", lambda: unwritable)
    with pytest.raises(WeightsError, match=r"cannot be written .*; set RESAM_CACHE"):
        weights.fetch(REMOTE)
    assert server.asked == []


def test_a_file_in_the_place_of_the_cache_is_named(
    server: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RESAM_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match=r"cannot be written \(Not a directory\)"):
        weights.fetch(REMOTE)
    with pytest.raises(WeightsError, match="fetch them with"):
        weights.locate(REMOTE, "some-model")


def test_a_full_disk_is_noticed_before_the_download(
    server: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(WeightsError, match=r"0.0 GB free and 0.0 GB are needed; make room"):
        weights.fetch(REMOTE)


def test_a_disk_that_fills_up_during_the_download_is_named(
    server: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WeightsError, match=r"net.pth.part cannot be written: No space left"):
        weights.fetch(REMOTE)
    assert not REMOTE.path.exists()


def test_an_interruption_leaves_the_part_for_the_next_run(server: Behaviour) -> None:
    def stop(done: int, total: int | None) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.fetch(REMOTE, stop)
    kept = part().stat().st_size
    assert 100_000 < kept < len(CONTENT)
    weights.fetch(REMOTE)
    assert server.asked[-1][1] == f"bytes={kept}-"


def test_two_fetches_at_once_download_once(server: Behaviour) -> None:
    threads = [threading.Thread(target=weights.fetch, args=(REMOTE,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert REMOTE.path.read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_missing_weights_say_the_command_that_fetches_them() -> None:
    with pytest.raises(WeightsError, match=r"fetch them with: python -m engine.models fetch sam_vit_b$"):
        weights.locate(REMOTE, "sam_vit_b")


def test_a_verified_file_is_hashed_again_only_when_it_changed_or_on_request(
    server: Behaviour, hashed: list[Path]
) -> None:
    path = weights.fetch(REMOTE)
    hashed.clear()
    weights.locate(REMOTE, "m")
    assert hashed == []
    os.utime(path, (1, 1))
    weights.locate(REMOTE, "m")
    weights.locate(REMOTE, "m")
    assert hashed == [path]
    weights.verify(REMOTE, "m")
    assert hashed == [path, path]


def test_a_damaged_file_is_refused_and_fetching_replaces_it(server: Behaviour) -> None:
    path = weights.fetch(REMOTE)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    for look in (weights.locate, weights.verify):
        with pytest.raises(WeightsError, match=r"replace it with: python -m engine.models fetch m$"):
            look(REMOTE, "m")
    weights.fetch(REMOTE)
    assert weights.verify(REMOTE, "m").read_bytes() == CONTENT


def test_a_file_copied_into_the_cache_by_hand_is_accepted_once_hashed(hashed: list[Path]) -> None:
    REMOTE.path.parent.mkdir(parents=True)
    REMOTE.path.write_bytes(CONTENT)
    assert weights.locate(REMOTE, "m") == REMOTE.path
    assert len(hashed) == 1


def test_a_cache_that_keeps_no_marker_still_serves(hashed: list[Path]) -> None:
    """A folder stands where the marker would be written: as on a read-only medium, writing fails."""
    REMOTE.path.parent.mkdir(parents=True)
    REMOTE.path.write_bytes(CONTENT)
    REMOTE.path.with_name("net.pth.verified").mkdir()
    for _ in range(2):
        assert weights.locate(REMOTE, "m") == REMOTE.path
    assert len(hashed) == 2
