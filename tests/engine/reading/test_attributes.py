"""The field that says of what kind an object is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.reading.attributes import Attributes, class_field, class_of, field_named


@pytest.mark.parametrize("name", ["class", "CLASS", "Class"])
def test_it_is_found_in_any_case(name: str) -> None:
    assert class_field(["label", name, "height"]) == name
    assert class_of({"label": 1, name: "roof"}) == "roof"


def test_the_exact_name_comes_before_others_in_any_case() -> None:
    assert class_field(["Class", "class", "CLASS"]) == "class"
    assert class_of({"CLASS": "1", "class": "roof"}) == "roof"
    assert class_field(["CLASS", "Class"]) == "CLASS"
    assert field_named("ID", ["Id", "id", "ID"]) == "ID"
    assert field_named("ID", ["name"]) is None


def test_a_layer_may_have_none() -> None:
    assert class_field(["label", "classes"]) is None
    assert class_of({"label": 1, "subclass": "roof"}) is None


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT, "", " "])
def test_an_empty_one_is_none(value: object) -> None:
    assert class_of({"class": value}) is None


@pytest.mark.parametrize(("value", "said"), [(3, "3"), (0, "0"), (["roof", "tin"], "['roof', 'tin']")])
def test_any_other_value_is_a_kind(value: object, said: str) -> None:
    assert class_of({"class": value}) == said


def test_no_field_but_that_one_is_looked_up() -> None:
    columns = {"height": pd.Series([4.0]), "CLASS": pd.Series(["roof"])}
    rows = {"CLASS": np.array([0])}  # Asking for the height of this object would be a KeyError.
    assert class_of(Attributes(columns, rows).of(0)) == "roof"
