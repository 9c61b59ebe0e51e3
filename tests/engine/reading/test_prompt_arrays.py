"""Prompts and their fields as arrays: the same as an object for each."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd

from engine.reading.attributes import Attributes, Carried
from engine.reading.points import load_prompts
from engine.reading.prompt_arrays import CompactPrompts, PromptArrays
from tests.engine.point_layers import GRID, at, layer
from tests.fakes import click


def clicks(folder: Path) -> Path:
    places = [at(1, 1), at(5, 5), at(9, 9), at(1, 2), at(6, 6), at(-50, 3), at(8, 1)]
    fields = {
        "name": ["a", None, "c", "d", None, "f", "g"],
        "floors": pd.array([1, 2, None, 4, 5, 6, 7], "Int64"),
    }
    return layer(folder, places, object_id=[1, 2, 3, 1, 2, 4, 5], label=[1, 1, 1, 1, 0, 1, 0], **fields)


def test_arrays_of_a_layer_are_those_of_its_prompts_one_by_one(tmp_path: Path) -> None:
    found = load_prompts(clicks(tmp_path), GRID).prompts
    assert isinstance(found, CompactPrompts)
    one, other = PromptArrays.of(found), PromptArrays.of(tuple(found))
    for name in ("ids", "ends", "xy", "labels", "boxes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    anchors = np.stack([prompt.anchor for prompt in found])
    np.testing.assert_array_equal(one.anchors(), anchors)
    assert one.counts(1).tolist() == [int((prompt.labels == 1).sum()) for prompt in found]
    assert one.counts(0).tolist() == [0, 1, 0]


def test_a_prompt_with_a_box_alone_is_in_the_middle_of_it() -> None:
    prompts = [click(1, box=(2, 3, 6, 9)), click(4, (1.5, 2.5))]
    arrays = PromptArrays.of(prompts)
    np.testing.assert_array_equal(arrays.anchors(), [[4, 6], [1.5, 2.5]])
    assert np.isnan(arrays.boxes).tolist() == [[False] * 4, [True] * 4]


def test_prompts_and_rejected_objects_are_sequences(tmp_path: Path) -> None:
    found = load_prompts(clicks(tmp_path), GRID)
    assert [prompt.prompt_id for prompt in found.prompts[1:]] == [2, 3]
    assert found.prompts[-1].prompt_id == 3
    assert [item.prompt_id for item in found.rejected] == [4, 5]
    assert [item.reason for item in found.rejected[:2]] == ["outside the raster", "has only negative clicks"]
    assert found.rejected[-1].attributes == {"object_id": 5, "name": "g", "floors": 7}
    assert len(found.rejected[0].xy) == 1


def test_an_object_has_the_first_filled_value_of_its_clicks_as_python_holds_it(tmp_path: Path) -> None:
    first, second, third = load_prompts(clicks(tmp_path), GRID).prompts
    assert first.attributes == {"object_id": 1, "name": "a", "floors": 1}
    assert second.attributes == {"object_id": 2, "name": None, "floors": 2}
    assert third.attributes == {"object_id": 3, "name": "c", "floors": None}
    assert type(first.attributes["floors"]) is int
    assert first.attributes.get("nothing") is None


def test_the_fields_of_one_object_go_to_another_process_alone() -> None:
    many = Attributes({"a": pd.Series(range(100_000))}, {"a": np.arange(100_000)})
    sent = pickle.dumps(many.of(5))
    assert len(sent) < 1000
    assert pickle.loads(sent) == {"a": 5}


def test_fields_of_tables_and_of_single_objects_come_together_in_the_order_of_rows() -> None:
    table = Attributes(
        {"a": pd.Series([1, 2, 3]), "b": pd.Series(["x", None, "z"])},
        {"a": np.array([0, 1, 2]), "b": np.array([0, -1, 2])},
    )
    carried = Carried(5)
    carried.add_each([{"c": 1.5}, table.of(2)], np.array([0, 3]))
    carried.add(table, np.array([1, 0]), np.array([4, 1]))
    assert carried.names == ["c", "a", "b"]
    assert carried.values("a") == [None, 1, None, 3, 2]
    assert carried.values("b") == [None, "x", None, "z", None]
    assert carried.values("c") == [1.5, None, None, None, None]


def test_each_object_has_its_class_from_the_field_that_its_own_source_names(tmp_path: Path) -> None:
    points = layer(tmp_path, [at(15, 15), at(40, 40), at(-9, 9)], Class=["roof", None, "shed"])
    boxes = layer(tmp_path, [at(60, 60).buffer(8)], "boxes.gpkg", **{"class": ["tank"], "other": [3]})
    found = load_prompts(points, GRID, boxes=boxes)
    carried = Carried(4)
    carried.add_each((item.attributes for item in (*found.prompts, *found.rejected)), np.arange(4))
    assert carried.classes == ["roof", None, "tank", "shed"]
    assert carried.names == ["other"]
    table = Attributes(
        {"CLASS": pd.Series(["oil", ""]), "class": pd.Series([7, None], dtype="Int64")},
        {"CLASS": np.array([0, 1]), "class": np.array([0, -1])},
    )
    carried = Carried(3)
    carried.add_each([{"CLASS": "tree"}], np.array([2]))
    carried.add(table, np.array([1, 0]), np.array([0, 1]))
    assert carried.classes == [None, "7", "tree"]
    assert carried.names == ["CLASS"]
    assert carried.values("CLASS") == ["", "oil", None]
