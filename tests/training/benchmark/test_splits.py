"""The splits that results are reported on are the ones written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.benchmark.evalsets import nwpu

WRITTEN = Path(__file__).parents[3] / "benchmarks" / "rows" / "nwpu-splits.txt"


@pytest.mark.parametrize(("split", "count"), [("dev", 120), ("tune", 40)])
def test_the_images_of_a_split_are_the_ones_written_down(split: str, count: int, real_data: Path) -> None:
    paragraphs = WRITTEN.read_text(encoding="utf-8").split("\n\n")
    (numbers,) = (text.split(":")[1].split() for text in paragraphs if text.startswith(f"{split}:"))
    found = [example.name.removesuffix(".jpg") for example in nwpu(real_data / "nwpu_vhr10", split)]
    assert len(numbers) == len(set(numbers)) == count
    assert found == numbers
