"""The line that tells a gain from a loss is judged on kinds of images that it was not fitted to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from training.adapt.estimate import Signals, expected
from training.benchmark import verdicts

RNG = np.random.default_rng(4)
SIGNALS = RNG.uniform(0, 1, (30, 3))
CHANGES = SIGNALS @ [0.5, 0.2, -0.1] - 0.25
KINDS = np.repeat(["a", "b", "c"], 10)


def test_the_line_is_found_and_held_back_a_little() -> None:
    line = verdicts.fitted(SIGNALS, CHANGES)
    assert line[:3] == pytest.approx([0.5, 0.2, -0.1], rel=0.06)
    assert np.linalg.norm(line[:3]) < np.linalg.norm([0.5, 0.2, 0.1])
    assert verdicts.expected(line, SIGNALS).mean() == pytest.approx(CHANGES.mean())


def test_a_kind_is_judged_by_the_others_alone() -> None:
    told = verdicts.held_apart(KINDS, SIGNALS, CHANGES)
    assert told == pytest.approx(CHANGES, abs=0.02)
    spoiled = np.where(KINDS == "a", 9.0, CHANGES)
    assert verdicts.held_apart(KINDS, SIGNALS, spoiled)[:10] == pytest.approx(told[:10])


def test_the_table_counts_signs_and_what_would_be_said() -> None:
    told, changes = np.array([0.1, 0.04, -0.05, 0.01]), np.array([0.2, -0.1, -0.1, 0.1])
    last = verdicts.table(np.array(["x"] * 4), told, changes).splitlines()[-1]
    assert [cell.strip() for cell in last.split("|")[1:-1]] == [
        *("all", "4", "2", "75 %"),
        f"{np.corrcoef(told, changes)[0, 1]:.2f}",
        f"{np.sqrt(np.mean((told - changes) ** 2)):.3f}",
        *("2, 1", "1, 1"),
    ]


def rows(path: Path, count: int, names: tuple[str, ...] = ("rise", "before")) -> str:
    with path.open("w") as file:
        for signals, change in zip(SIGNALS[:count], CHANGES, strict=False):
            said = dict(zip(names, signals.tolist(), strict=False))
            run = {"scene": "s", "clicks": 10, "seed": 0, "judged": 5, "before": 0.4, "after": 0.4 + change}
            file.write(json.dumps(run | {"signals": said}) + "\n")
        file.write(json.dumps(run) + "\n")
    return f"{path.stem}={path}"


def test_the_command_prints_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts.main(["--rows", rows(tmp_path / "one", 8), rows(tmp_path / "two", 12)]) == 0
    printed = capsys.readouterr().out
    assert "| all | 20 |" in printed, "a run without signals is left out"
    assert [line.split(":")[0] for line in printed.splitlines()[-3:]] == ["rise", "before", "constant"]


@pytest.mark.parametrize("names", [("rise", "before"), ("rise", "before", "agreement")])
def test_the_estimate_of_train_is_judged_as_it_is(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdicts.main(["--as-it-is", "--rows", rows(tmp_path / "one", 5, names)]) == 0
    told = np.array([expected(Signals(*signals)) for signals in SIGNALS[:5, :2].tolist()])
    printed = capsys.readouterr().out.splitlines()
    assert printed == verdicts.table(np.array(["one"] * 5), told, CHANGES[:5]).splitlines()


@pytest.mark.parametrize(
    ("given", "said"),
    [("one=missing", "no such file"), ("few", "at least 6 of each")],
)
def test_what_cannot_be_judged_is_refused(
    given: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = rows(tmp_path / "few", 3) if given == "few" else given
    assert verdicts.main(["--rows", asked]) == 2
    assert said in capsys.readouterr().err


def test_a_file_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verdicts.main(["--rows", "plain"])
    assert "NAME=FILE, not 'plain'" in capsys.readouterr().err
