"""``python -m engine.models`` answers people in words, programs in JSON, and mistakes in one line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models import __main__ as cli
from engine.models import download, families, registry, weights
from engine.models.weights import RemoteFile
from tests.engine.model_helpers import shallow_module
from tests.engine.weights_server import Behaviour, serve

CONTENT = b"weights" * 10_000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Behaviour]:
    """One official model, on a server of the test's own."""
    remote = RemoteFile("https://example.org/x/net.pth", hashlib.sha256(CONTENT).hexdigest())
    spec = dataclasses.replace(registry.MODELS["sam_vit_b"], remote=remote)
    monkeypatch.setattr(registry, "MODELS", {"nano": registry.MODELS["nano"], "sam_vit_b": spec})
    monkeypatch.setattr(families, "BUNDLED", tmp_path / "nano.safetensors")
    (tmp_path / "nano.safetensors").write_bytes(b"small")
    monkeypatch.setattr(download, "RETRY_WAITS_S", ())
    monkeypatch.setenv("RESAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serve(files={"/x/net.pth": CONTENT}) as behaviour:
        monkeypatch.setenv("RESAM_WEIGHTS_URL", behaviour.address)
        yield behaviour


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def one_error(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.startswith("models: ")
    assert err.count("\n") == 1
    return err


def test_list_tells_what_is_there_and_what_is_not(
    server: Behaviour, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    assert "nano              bundled           0 MB  GPL-3.0-or-later\n" in out
    assert "sam_vit_b         to fetch       unknown  Apache-2.0\n" in out
    assert str(weights.cache_dir()) in out


def test_list_speaks_json(server: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["fetch", "sam_vit_b"])
    capsys.readouterr()
    assert cli.main(["list", "--json"]) == 0
    assert lines(capsys) == [
        {"name": "nano", "state": "bundled", "size": 5, "licence": "GPL-3.0-or-later"},
        {"name": "sam_vit_b", "state": "fetched", "size": len(CONTENT), "licence": "Apache-2.0"},
    ]


def test_fetch_brings_the_file_and_says_where(server: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fetch", "sam_vit_b", "--json"]) == 0
    path = weights.cache_dir() / "net.pth"
    assert path.read_bytes() == CONTENT
    *progress, last = lines(capsys)
    assert last == {"name": "sam_vit_b", "path": str(path), "message": "fetched and verified"}
    assert [line["event"] for line in progress] == ["progress"] * len(progress)
    assert progress[-1] == {"event": "progress", "done": len(CONTENT), "total": len(CONTENT)}
    shares = [line["done"] / line["total"] for line in progress]
    assert shares == sorted(set(shares))


def test_fetch_shows_a_bar_to_people(
    server: Behaviour, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr("tqdm.tqdm.update", lambda bar, step: shown.append((bar.total, step)))
    assert cli.main(["fetch", "sam_vit_b"]) == 0
    assert {total for total, _ in shown} == {len(CONTENT)}
    assert "sam_vit_b: fetched and verified" in capsys.readouterr().out


def test_the_bundled_model_needs_no_fetching(server: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fetch", "nano"]) == 0
    assert "nothing to fetch" in capsys.readouterr().out
    assert server.asked == []


def test_a_fetch_that_fails_is_one_line_and_code_2(
    server: Behaviour, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files.clear()
    assert cli.main(["fetch", "sam_vit_b"]) == 2
    assert "404 Not Found" in one_error(capsys)


def test_a_wrong_name_stops_before_anything_is_fetched(
    server: Behaviour, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["fetch", "sam_vit_b", "sam_vit_x"]) == 2
    assert "no model is called 'sam_vit_x': choose from nano, sam_vit_b" in one_error(capsys)
    assert server.asked == []


def test_an_interrupted_fetch_says_how_to_go_on(
    server: Behaviour, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(remote: RemoteFile, progress: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "fetch", stop)
    assert cli.main(["fetch", "sam_vit_b"]) == 130
    assert "run the same command again to resume" in capsys.readouterr().err


def test_verify_hashes_again_and_finds_damage(server: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["fetch", "sam_vit_b"])
    capsys.readouterr()
    assert cli.main(["verify", "sam_vit_b"]) == 0
    assert "matches its published SHA-256" in capsys.readouterr().out
    (weights.cache_dir() / "net.pth").write_bytes(CONTENT[:-1] + b"!")
    assert cli.main(["verify", "--all"]) == 2
    assert "replace it with: python -m engine.models fetch sam_vit_b" in one_error(capsys)


def test_verify_tells_of_every_model_before_it_fails(
    server: Behaviour, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(registry.MODELS["sam_vit_b"], name="other")
    monkeypatch.setattr(registry, "MODELS", {**registry.MODELS, "other": other})
    assert cli.main(["verify", "sam_vit_b", "nano", "other", "--json"]) == 2
    out, err = capsys.readouterr()
    assert [json.loads(line)["message"].split(",")[0] for line in out.splitlines()] == [
        "damaged or missing",
        "bundled",
        "damaged or missing",
    ]
    assert err == "models: 2 of 3 models are damaged or missing; fetch them again\n"


def test_verify_all_of_nothing_is_fine(server: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--all"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["verify"], ["verify", "sam_vit_b", "--all"]])
def test_verify_wants_names_or_all(
    server: Behaviour, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli.main(arguments) == 2
    assert "name the models to verify, or give --all" in one_error(capsys)


@pytest.mark.parametrize("arguments", [[], ["fetch"], ["frobnicate"], ["info"], ["list", "--jsom"]])
def test_a_mistyped_command_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 2
    complaint = capsys.readouterr().err
    assert "--help" in complaint
    assert complaint.count("\n") == 1


def test_info_describes_a_weights_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.pth"
    torch.save(shallow_module().state_dict(), path)
    assert cli.main(["info", str(path)]) == 0
    out = capsys.readouterr().out
    assert "tile         256 px, masks 64 px" in out
    assert "adapters on  2 layers called qkv" in out
    assert cli.main(["info", str(path), "--json"]) == 0
    (info,) = lines(capsys)
    assert info["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"{info['parameters']:,}" in out


def test_info_of_nothing_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "/no/such.pth"]) == 2
    assert "no model or file is called '/no/such.pth'" in one_error(capsys)
