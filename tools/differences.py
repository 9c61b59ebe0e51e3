"""How two records of plain JSON types differ, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SHOWN = 60
"""Characters of a value that a line shows."""


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, float | None, str]]:
    """Every leaf that differs: its path with ``*`` for places in lists, by how much, and old and new."""
    name = "/".join(path)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key in old and key in new:
                yield from differences(old[key], new[key], (*path, key))
            else:
                yield f"{name}/{key}", None, "only in the " + ("old" if key in old else "new")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield name, None, f"{len(old)} values -> {len(new)}"
        else:
            for before, after in zip(old, new, strict=True):
                yield from differences(before, after, (*path, "*"))
    elif type(old) is not type(new) or old != new:
        numbers = type(old) in (int, float) and type(new) in (int, float)
        yield name, abs(new - old) if numbers else None, f"{str(old)[:SHOWN]} -> {str(new)[:SHOWN]}"


def summary(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """A line for each kind of leaf that differs, with the largest difference where it is a number."""
    found: dict[str, list[tuple[float | None, str]]] = {}
    for name, amount, text in differences(old, new):
        found.setdefault(name, []).append((amount, text))
    lines = []
    for name, cases in found.items():
        amount, text = max(cases, key=lambda case: -1.0 if case[0] is None else case[0])
        largest = "" if amount is None else f", by at most {amount:.6g}"
        lines.append(f"{name}: {len(cases)} differ{largest} ({text})")
    return lines
