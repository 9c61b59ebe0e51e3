"""The result of one benchmark: rows of numbers, as text, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.files import written_whole

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """What one benchmark found.

    Attributes:
        name: of the benchmark's module, and of the JSON file.
        title: heading.
        about: what was measured and how, in a sentence or two.
        rows: column name -> value, the same columns in every row.
        notes: what the rows amount to, held against the targets.
        settings: the options that decide the numbers.
        machine: see :func:`benchmarks.machine.facts`.
    """

    name: str
    title: str
    about: str
    rows: Sequence[Row]
    notes: Sequence[str]
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]

    def text(self) -> str:
        """Aligned columns for a terminal."""
        cells = [list(self.rows[0]), *([_shown(value) for value in row.values()] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in cells]
        return "\n".join([f"{self.name}: {self.title}", *lines, *(f"- {note}" for note in self.notes)])

    def markdown(self) -> str:
        """A section with its table."""
        columns = list(self.rows[0])
        lines = [f"## {self.title}", "", self.about, "", _pipes(columns), _pipes(["---:"] * len(columns))]
        lines += [_pipes([_shown(value) for value in row.values()]) for row in self.rows]
        lines += ["", *(f"- {note}" for note in self.notes)]
        lines += [f"- Settings: {_listed(self.settings)}.", f"- Machine: {_listed(self.machine)}."]
        return "\n".join(lines)

    def write(self, folder: Path) -> Path:
        """Write ``<name>.json`` into the folder, whole or not at all."""
        path = folder / f"{self.name}.json"
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            part.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def read(cls, folder: Path, name: str) -> Table | None:
        """The table that :meth:`write` left in the folder, or None if there is none."""
        path = folder / f"{name}.json"
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def rounded(value: float, digits: int = 3) -> float:
    """The value to a number of significant digits."""
    return float(f"{value:.{digits}g}")


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:g}"
    return str(value)


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {_plain(value)}" for key, value in facts.items())


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else _shown(value)
