"""``python -m training.pretrain``: it trains, stops, goes on, begins with other weights, and refuses."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.models.nano import load_nano, save_nano
from engine.models.nano_net import NanoNet
from engine.models.weights import file_sha256
from tests.engine.nano_helpers import TINY, tiny_net
from tests.training.pretrain.test_prefetch import OneSquare
from training.pretrain import export, prefetch
from training.pretrain import loop as pretrain
from training.pretrain.checkpoint import write_checkpoint
from training.pretrain.growing import started_from
from training.run_lock import only_run


def test_the_command_trains_logs_and_takes_up_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    command = [
        "--work",
        str(tmp_path / "run"),
        "--pool",
        "1",
        "--makers",
        "0",
        "--workers",
        "1",
        "--objects",
        "1",
    ]
    assert pretrain.main([*command, "--stages", "128:1:20"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [20]
    assert lines[0]["loss"] > 0
    assert pretrain.main([*command, "--stages", "128:1:21"]) == 0
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    assert state["step"] == 21


def test_a_run_may_stop_early_at_the_rate_of_the_whole_schedule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    command = [
        "--pool",
        "1",
        "--makers",
        "0",
        "--workers",
        "1",
        "--objects",
        "1",
        "--stages",
        "128:1:4",
        "--decay",
        "1",
    ]
    assert pretrain.main([*command, "--work", str(tmp_path / "whole")]) == 0
    for more in (["--stop-at", "2"], []):
        assert pretrain.main([*command, "--work", str(tmp_path / "parts"), *more]) == 0
        stopped = torch.load(tmp_path / "parts" / "checkpoint.pt", weights_only=True)
        assert stopped["step"] == (2 if more else 4)
    whole = torch.load(tmp_path / "whole" / "checkpoint.pt", weights_only=True)
    assert all(torch.equal(whole["net"][key], stopped["net"][key]) for key in whole["net"])


def test_a_run_with_other_options_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    command = ["--work", str(tmp_path), "--pool", "1", "--makers", "0", "--workers", "1", "--objects", "1"]
    assert pretrain.main([*command, "--stages", "128:1:1"]) == 0
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    capsys.readouterr()
    assert pretrain.main([*command, "--stages", "128:1:2", "--seed", "3", "--domains", "roofs"]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "domains, seed" in complaint
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


@pytest.mark.parametrize("content", [b"no checkpoint", b""])
def test_a_damaged_checkpoint_is_one_line_and_code_2(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    (tmp_path / "checkpoint.pt").write_bytes(content)
    assert pretrain.main(["--work", str(tmp_path)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "checkpoint.pt" in complaint


def test_a_second_run_in_one_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with only_run(tmp_path, "--work"):
        assert pretrain.main(["--work", str(tmp_path)]) == 2
    assert "choose another --work" in capsys.readouterr().err


def test_lines_of_the_log_that_a_kill_left_ahead_of_the_checkpoint_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "NanoNet", tiny_net)
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    command = ["--work", str(tmp_path), "--pool", "1", "--makers", "0", "--workers", "1", "--objects", "1"]
    assert pretrain.main([*command, "--stages", "128:1:20"]) == 0
    log = tmp_path / "log.jsonl"
    log.write_text(log.read_text() + '{"step": 40}\n')
    assert pretrain.main([*command, "--stages", "128:1:21"]) == 0
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [20]


@pytest.mark.parametrize(
    "kinds", [["1", "0", "0", "0"], *([share, "0", "0", "0", "1"] for share in ("-1", "a", "2"))]
)
def test_shares_of_prompts_that_cannot_be_are_refused(kinds: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        pretrain.parse(["--work", "w", "--kinds", *kinds])
    assert stop.value.code == 2


@pytest.mark.parametrize("seed", ["-1", "x", "20000", "20023"])
def test_seeds_of_the_scenes_that_are_measured_are_refused(seed: str) -> None:
    with pytest.raises(SystemExit) as stop:
        pretrain.parse(["--work", "w", "--seed", seed])
    assert stop.value.code == 2


def test_a_run_may_begin_with_the_weights_of_an_exported_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, smoothed = tiny_net(7), tmp_path / "first.safetensors"
    first.shape = replace(first.shape, smoothing=1.5)
    save_nano(first, first.state_dict(), smoothed, {"steps": 8000})
    monkeypatch.setattr(prefetch, "ScenePool", OneSquare)
    command = [
        "--work",
        str(tmp_path / "run"),
        "--pool",
        "1",
        "--makers",
        "0",
        "--workers",
        "1",
        "--objects",
        "1",
    ]
    assert pretrain.main([*command, "--stages", "128:1:1", "--init", str(smoothed), "--rate", "1e-9"]) == 0
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    assert state["architecture"]["smoothing"] == 0.0
    begun_with = {"network": f"sha256:{load_nano(smoothed, torch.device('cpu')).base_sha256}", "steps": 8000}
    assert state["begun_with"] == begun_with
    out = tmp_path / "second.safetensors"
    assert export.main(["--checkpoint", str(tmp_path / "run" / "checkpoint.pt"), "--out", str(out)]) == 0
    card = json.loads(out.with_suffix(".card.json").read_text())
    assert (card["steps"], card["begun_with"]) == (8001, state["begun_with"])
    for key, value in first.state_dict().items():
        assert torch.allclose(state["net"][key], value.half().float(), atol=1e-6), key


def test_a_run_goes_on_when_the_file_that_it_began_with_states_another_card(tmp_path: Path) -> None:
    """The recipe exports its first piece anew in every call, with the card of that day."""
    net, path = tiny_net(7), tmp_path / "first.safetensors"
    found = []
    for words in ("as it was", "in plainer words"):
        save_nano(net, net.state_dict(), path, {"steps": 5, "limits": words})
        found.append((file_sha256(path), started_from(path)[1]))
    (one, begun), (other, again) = found
    assert one != other
    assert begun == again


def checkpoint_of(net: NanoNet, folder: Path) -> Path:
    """A checkpoint whose averaged weights are those of ``net``."""
    path = folder / "checkpoint.pt"
    write_checkpoint(path, net, net.state_dict(), 5)
    return path


def test_a_share_of_another_files_weights_can_be_taken(tmp_path: Path) -> None:
    ours, theirs, other = tiny_net(1), tiny_net(2), tmp_path / "other.safetensors"
    save_nano(theirs, theirs.state_dict(), other, {})
    arguments = ["--checkpoint", checkpoint_of(ours, tmp_path), "--blend", other, "--share", "0.25"]
    out = tmp_path / "blend.safetensors"
    assert export.main([*map(str, arguments), "--out", str(out)]) == 0
    mine, half = ours.state_dict(), theirs.state_dict()
    for key, value in load_nano(out, torch.device("cpu")).module.state_dict().items():
        expected = 0.75 * mine[key] + 0.25 * half[key].half().float()
        assert torch.allclose(value, expected, atol=2e-3, rtol=1e-3), key
    digest = hashlib.sha256(other.read_bytes()).hexdigest()
    card = json.loads(out.with_suffix(".card.json").read_text())
    assert card["blended_with"] == {"sha256": f"sha256:{digest}", "share": 0.25}


def test_weights_of_another_architecture_are_not_blended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wider, other = NanoNet(replace(TINY, prompt_dim=32)), tmp_path / "other.safetensors"
    save_nano(wider, wider.state_dict(), other, {})
    out = tmp_path / "blend.safetensors"
    arguments = ["--checkpoint", checkpoint_of(tiny_net(1), tmp_path), "--blend", other, "--out", out]
    assert export.main(list(map(str, arguments))) == 2
    assert "other.safetensors: of another architecture" in capsys.readouterr().err
    assert not out.exists()


def test_weights_to_begin_with_that_cannot_be_used_are_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    assert pretrain.main(["--work", str(tmp_path / "run"), "--init", str(tmp_path / "bad.safetensors")]) == 2
    complaint = capsys.readouterr().err
    assert "bad.safetensors" in complaint
    assert complaint.count("\n") == 1


def test_a_missing_data_folder_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pretrain.main(["--work", str(tmp_path), "--data", str(tmp_path / "gone")]) == 2
    complaint = capsys.readouterr().err
    assert "naip_fields" in complaint
    assert complaint.count("\n") == 1
