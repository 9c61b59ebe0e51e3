"""The recipe of the bundled nano: one command, its steps in order, the same options whoever computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.nano import save_nano
from tests.engine.nano_helpers import tiny_net
from training.nano import calibrate, recipe
from training.pretrain import export
from training.pretrain import loop as pretrain
from training.pretrain.options import identity, parse

Calls = list[tuple[str, list[str]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Each step is noted, and done at once."""
    noted: Calls = []

    def step(name: str) -> Callable[[list[str]], int]:
        def done(arguments: list[str]) -> int:
            noted.append((name, arguments))
            if name == "export":
                Path(arguments[arguments.index("--out") + 1]).write_bytes(b"weights")
            return 0

        return done

    for module, name in ((pretrain, "pretrain"), (export, "export"), (calibrate, "calibrate")):
        monkeypatch.setattr(module, "main", step(name))
    return noted


def test_it_trains_exports_and_calibrates(calls: Calls, tmp_path: Path) -> None:
    assert recipe.main(["--data", "data", "--work", str(tmp_path)]) == 0
    assert [name for name, _ in calls] == ["pretrain", "export", "pretrain", "export", "calibrate"]
    assert calls[-1][1][calls[-1][1].index("--out") + 1] == str(tmp_path / "nano.safetensors")


def test_a_piece_begins_with_what_the_one_before_made(calls: Calls, tmp_path: Path) -> None:
    recipe.main(["--data", "data", "--work", str(tmp_path)])
    first, exported, second = (calls[number][1] for number in range(3))
    assert parse(first).init == recipe.FIRST
    assert str(parse(second).init) == exported[exported.index("--out") + 1]
    assert parse(first).seed != parse(second).seed


def test_the_options_of_its_training_are_ones_that_training_takes(calls: Calls, tmp_path: Path) -> None:
    recipe.main(["--data", "data", "--work", str(tmp_path)])
    pieces = [parse(arguments) for name, arguments in calls if name == "pretrain"]
    assert [sum(stage.steps for stage in options.stages) for options in pieces] == [3_800, 5_200]
    assert [piece.steps for piece in recipe.PIECES] == [3_800, 5_200]
    for options in pieces:
        assert options.open_sets
        assert set(recipe.DOMAINS) == set(options.domains)
        assert dict(options.shape)["rounds"] == 2


def test_how_it_is_computed_changes_nothing_of_what_it_is(calls: Calls, tmp_path: Path) -> None:
    command = ["--data", "data", "--work", str(tmp_path)]
    recipe.main(command)
    recipe.main([*command, "--device", "cuda", "--precision", "fp32", "--workers", "1", "--makers", "14"])
    here, _, there, _ = (parse(arguments) for name, arguments in calls if name == "pretrain")
    assert (there.device, there.precision, there.workers, there.makers) == ("cuda", "fp32", 1, 14)
    assert identity(here, 5, None) == identity(there, 5, None)
    assert here.stages == there.stages


@pytest.mark.parametrize(("step", "pieces", "in_piece"), [(500, 1, 500), (3_800, 1, 3_800), (4_000, 2, 200)])
def test_a_training_that_stops_for_now_is_exported_and_not_yet_calibrated(
    calls: Calls, tmp_path: Path, step: int, pieces: int, in_piece: int
) -> None:
    assert recipe.main(["--data", "data", "--work", str(tmp_path), "--stop-at", str(step)]) == 0
    assert [name for name, _ in calls] == ["pretrain", "export"] * pieces
    assert parse(calls[-2][1]).stop_at == in_piece
    assert all(parse(arguments).stop_at is None for name, arguments in calls[:-2] if name == "pretrain")


def test_other_weights_to_begin_with_are_one_line_and_code_2(
    calls: Calls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.safetensors"
    net = tiny_net()
    save_nano(net, net.state_dict(), other, {})
    assert recipe.main(["--data", "data", "--work", str(tmp_path), "--init", str(other)]) == 2
    complaint = capsys.readouterr().err
    assert "not the first nano" in complaint
    assert complaint.count("\n") == 1
    assert not calls


def test_a_step_that_fails_ends_it_with_its_code(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "main", lambda arguments: 2)
    with pytest.raises(SystemExit) as stop:
        recipe.main(["--data", "data", "--work", str(tmp_path)])
    assert stop.value.code == 2
    assert not calls


def test_its_card_names_a_licence_and_an_attribution_for_every_set() -> None:
    card = json.loads(recipe.CARD.read_text(encoding="utf-8"))
    assert sum(entry["share"] for entry in card["data"]) == pytest.approx(1, abs=0.01)
    assert all(entry["licence"] for entry in card["data"])
    assert len([entry for entry in card["data"] if "attribution" in entry]) == 8
    assert card["seeds"] == {piece.name: piece.seed for piece in recipe.PIECES}
