"""Columns whose values are of several kinds: none is changed into another."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
from shapely import box

from engine.writing.output import segments_frame, source_column, write_layer
from tests.engine.writing.test_output import FORMATS, read, row

DAY, WHEN = date(2024, 5, 1), datetime(2024, 5, 2, 14, 30)
KINDS: dict[str, Any] = {
    "date": DAY,
    "moment": WHEN,
    "whole": 3,
    "part": 2.5,
    "yes": True,
    "text": "x",
    "time of day": time(3, 4),
    "length of time": timedelta(hours=5),
    "bytes": b"q",
}
NUMBERS, MOMENTS = {"whole", "part"}, {"date", "moment"}


@pytest.mark.parametrize("kinds", list(permutations(KINDS, 2)), ids=" and ".join)
def test_values_of_two_kinds_are_kept_as_text(kinds: tuple[str, str]) -> None:
    values = [KINDS[kind] for kind in kinds]
    column = source_column([*values, None])
    if set(kinds) == NUMBERS:
        assert column.tolist()[:2] == values
    elif set(kinds) == MOMENTS:
        assert column.tolist()[:2] == [WHEN if one is WHEN else datetime(2024, 5, 1) for one in values]
    else:
        assert column.tolist()[:2] == list(map(str, values))
    assert column.isna().tolist() == [False, False, True]


def test_numbers_stay_numbers_whatever_holds_them() -> None:
    assert source_column([Decimal("1.5"), 2]).tolist() == [Decimal("1.5"), Decimal(2)]
    assert source_column([float("nan"), 3]).dtype == "Int64"


def test_a_date_beside_a_moment_of_a_time_zone_is_text_since_its_midnight_is_unknown() -> None:
    texts = source_column([DAY, WHEN.replace(tzinfo=UTC)]).tolist()
    assert texts == ["2024-05-01", "2024-05-02 14:30:00+00:00"]


def test_empty_cells_beside_dates_leave_them_dates() -> None:
    assert source_column([DAY, None, pd.NaT, float("nan")]).tolist()[0] == DAY


def test_a_time_of_day_beside_dates_comes_back_from_a_geopackage(tmp_path: Path) -> None:
    rows = [row(1, box(0, 0, 1, 1), attributes={"seen": DAY}), row(2, None, attributes={"seen": WHEN})]
    write_layer(tmp_path / "a.gpkg", segments_frame(rows, "EPSG:32632"), {})
    back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="segments")
    assert back["seen"].tolist() == [pd.Timestamp("2024-05-01"), pd.Timestamp(WHEN)]


def test_lists_and_structures_are_json_whatever_they_hold() -> None:
    values = [[Decimal("1.5"), b"q"], {"lasted": timedelta(hours=5)}, None]
    texts = source_column(values).tolist()
    assert texts[:2] == ['["1.5", "b\'q\'"]', '{"lasted": "5:00:00"}']


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("values", [(3, "three"), (True, 2), (DAY, 3), (WHEN, "x")])
def test_a_table_whose_column_holds_two_kinds_is_written_as_text_in_every_format(
    values: tuple[Any, Any], suffix: str, tmp_path: Path
) -> None:
    assert mixed(values, tmp_path / f"a{suffix}") == list(map(str, values))


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_a_table_of_dates_and_moments_keeps_the_time_of_day(suffix: str, tmp_path: Path) -> None:
    assert mixed((DAY, WHEN), tmp_path / f"a{suffix}") == ["2024-05-01", "2024-05-02 14:30:00"]


def mixed(values: tuple[Any, Any], path: Path) -> list[Any]:
    """What comes back of a column of these values, as it may stand in a table."""
    frame = segments_frame([row(1, box(0, 0, 1, 1)), row(2, box(2, 0, 3, 1))], "EPSG:32632")
    frame.insert(0, "mixed", pd.Series(values, dtype=object))
    write_layer(path, frame, {})
    found: list[Any] = read(path).sort_values("prompt_id")["mixed"].tolist()
    return found
