"""Geometries that wait for their layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.errors import OutputError
from engine.writing.geometry_store import HeldGeometries, StoredGeometries


def shapes(count: int) -> np.ndarray:
    rng = np.random.default_rng(count)
    return shapely.polygons(rng.random((count, 5, 2)) * 1e6)


def test_geometries_on_the_disk_come_back_to_the_bit_in_any_order(tmp_path: Path) -> None:
    store, given = StoredGeometries(tmp_path), shapes(30)
    first, none, second = store.add(given[:11]), store.add(given[:0]), store.add(given[11:])
    assert [*first, *none, *second] == list(range(30))
    asked = np.array([29, -1, 3, 3, 12, 0])
    found = store.read(asked)
    assert found[1] is None
    assert (shapely.to_wkb(found[asked >= 0]) == shapely.to_wkb(given[asked[asked >= 0]])).all()
    later = store.add(given[:2])
    assert (shapely.to_wkb(store.read(later)) == shapely.to_wkb(given[:2])).all()


def test_geometries_on_the_disk_leave_no_file(tmp_path: Path) -> None:
    store = StoredGeometries(tmp_path)
    store.add(shapes(5))
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_geometries_in_memory_are_the_objects_that_were_given() -> None:
    store, given = HeldGeometries(), shapes(4)
    assert store.add(given).tolist() == [0, 1, 2, 3]
    found = store.read(np.array([2, -1]))
    assert found[0] is given[2]
    assert found[1] is None


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be kept there") as caught:
        StoredGeometries(tmp_path / "none")
    assert "\n" not in str(caught.value)
