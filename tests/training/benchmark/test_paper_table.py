"""The paper's table in one command, on tiny models with random weights and a painted COCO folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.engine.model_helpers import ROOT, shallow_module
from training.benchmark import paper_table
from training.benchmark.published import METHODS, PUBLISHED, SETS, set_named


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shallow SAM in the format of Meta's checkpoints."""
    path = tmp_path_factory.mktemp("vit") / "sam_vit_b_shallow.pth"
    torch.save(shallow_module().state_dict(), path)
    return path


def words(coco: Path, model: Path, work: Path, *more: str) -> list[str]:
    files = ["--model", str(model), "--data", str(coco), "--work", str(work), "--device", "cpu"]
    return [*files, "--steps", "1", "--train", "1", "--test", "1", *more]


def rows_of(work: Path, protocol: str) -> list[dict[str, object]]:
    lines = (work / protocol / "rows.jsonl").read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def test_all_methods_are_measured_in_both_protocols_and_the_papers_figures_stand_beside(
    coco: Path, vit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = words(coco, vit, tmp_path / "w", "--points", "1", "--set", "NWPU", "--compared", "sam_vit_b")
    assert paper_table.main(asked) == 0
    text = (tmp_path / "w" / "table.md").read_text()
    assert text in capsys.readouterr().out
    for protocol in paper_table.PROTOCOLS:
        assert sorted(str(row["arm"]) for row in rows_of(tmp_path / "w", protocol)) == sorted(
            METHODS.values()
        )
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    for method in METHODS:
        own = [line for line in lines if line[0].removeprefix("| ") in (method, f"{method}-style")]
        assert [line[1] for line in own] == ["protocol A", "protocol C", "the paper's"]
        assert all("(1)" in line[2] and line[3] == line[4] == "–" for line in own[:2])
    assert "| ReSAM | the paper's | 70.25 / 79.80 | 72.02 / 81.29 | 70.00 / 80.35 | |" in text


def test_a_killed_table_continues_where_it_was(coco: Path, tiny: Path, tmp_path: Path) -> None:
    asked = words(coco, tiny, tmp_path / "w", "--points", "1")
    rows = tmp_path / "w" / "A" / "rows.jsonl"
    command = [sys.executable, "-m", "training.benchmark.paper_table", *asked]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL) as run:
        waited = time.monotonic()
        while not (rows.exists() and rows.read_text().count("\n") >= 2) and time.monotonic() - waited < 300:
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGKILL)
    before = rows_of(tmp_path / "w", "A")
    assert 2 <= len(before) < len(METHODS)
    assert paper_table.main(asked) == 0
    after = rows_of(tmp_path / "w", "A")
    assert after[: len(before)] == before
    assert len(after) == len(rows_of(tmp_path / "w", "C")) == len(METHODS)


def test_other_steps_are_refused_in_the_same_folder(
    coco: Path, vit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w" / "A").mkdir(parents=True)
    (tmp_path / "w" / "A" / "setting.json").write_text("{}\n")
    assert paper_table.main(words(coco, vit, tmp_path / "w")) == 2
    assert "holds rows of other settings; choose another --work" in capsys.readouterr().err


def test_nothing_measured_is_one_line(
    coco: Path, vit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert paper_table.main(words(coco, vit, tmp_path / "w", "--table")) == 2
    assert "nothing has been measured there yet" in capsys.readouterr().err


def test_a_set_or_model_that_the_paper_does_not_have_is_said_to_be_one() -> None:
    assert "its sets are NWPU, WHU, HRSID" in paper_table.table({}, None, "sam_vit_b")
    assert "no figures for nano" in paper_table.table({}, "WHU", "nano")


def test_the_papers_figures_are_complete_and_supervision_leads_them() -> None:
    assert len(PUBLISHED) == len(SETS) * 2 * len(METHODS)
    for name in SETS:
        for model in ("sam_vit_b", "sam2.1_hiera_b+"):
            best = PUBLISHED[name, model, "Supervised"]
            others = [PUBLISHED[name, model, method] for method in METHODS if method != "Supervised"]
            assert all(best[0] > other[0] for other in others)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("nwpu_vhr10", "NWPU"), ("WHU-building", "WHU"), ("HRSID_inshore", "HRSID"), ("roofs", None)],
)
def test_a_set_is_known_by_its_folders_name(folder: str, name: str | None) -> None:
    assert set_named(folder) == name


def test_make_says_what_it_needs() -> None:
    done = subprocess.run(
        ["make", "-o", ".venv/.set-up", "paper-table"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "DATA is not set" in done.stderr
