"""The checks of ``inside``, each as a test of its own; QGIS is started once per module of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.qgis.conftest import CLOSED, PATIENCE, Results

INSIDE = Path(__file__).resolve().parent / "inside"


def _names(module: str) -> list[str]:
    """The names of a module's checks, in order; the module itself can be imported by QGIS alone."""
    tree = ast.parse((INSIDE / f"{module}.py").read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    ]


def every_check_of(*groups: str) -> pytest.MarkDecorator:
    """A test of ``modules`` and ``name`` becomes one test per check, and one for how QGIS ended.

    Args:
        groups: a module, or several with ``+`` between them that share one QGIS.
    """
    found = []
    for group in groups:
        names = [name for module in group.split("+") for name in _names(module)]
        assert len(set(names)) == len(names), f"two checks of {group} have the same name"
        found += [(group, name) for name in [*names, CLOSED]]
    return pytest.mark.parametrize(("modules", "name"), found)


patient = pytest.mark.timeout(600 * PATIENCE)
"""The first test of a module waits for all of its checks."""


def expect_passed(found: Results, name: str) -> None:
    """Fail with what the check said, or with what QGIS said if it ended before."""
    assert name in found, f"QGIS ended before this check:\n{found.get('launch') or found['said']}"
    if found[name] is not None:
        pytest.fail(found[name], pytrace=False)
