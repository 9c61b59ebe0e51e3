"""The fields that objects carry along, column by column as the reader holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CLASS_FIELD = "class"


def field_named(wanted: str, names: Iterable[str]) -> str | None:
    """The field of exactly that name, else the first of it in any case; None if there is none."""
    names = list(names)
    if wanted in names:
        return wanted
    return next((name for name in names if name.lower() == wanted.lower()), None)


def class_field(names: Iterable[str]) -> str | None:
    """The field that says of what kind an object is: ``class``, in any case; None if there is none."""
    return field_named(_CLASS_FIELD, names)


def class_of(fields: Mapping[str, Any]) -> str | None:
    """What an object's fields say of its kind; None if they do not, or leave it empty."""
    name = class_field(fields)
    return None if name is None else _kind(fields[name])


def _kind(value: Any) -> str | None:
    return None if is_empty(value) else str(value)


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: no value, or blank text, which is what tables write for none."""
    if isinstance(value, str):
        return not value.strip()
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def completed(own: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object; what it lacks or leaves empty comes from its namesakes, in any case."""
    found = dict(own)
    for name, value in further.items():
        known = field_named(name, found) or name
        if is_empty(found.get(known)):
            found[known] = value
    return found


def filled(values: pd.Series) -> NDArray[np.bool_]:
    """(n,) which cells of a column are not empty; see :func:`is_empty`."""
    if values.dtype.kind in "biufcmM":  # No texts.
        return ~values.isna().to_numpy(dtype=bool)
    return np.array([not is_empty(value) for value in values.tolist()], dtype=bool)


@dataclass(frozen=True, eq=False)
class Attributes:
    """The fields of n objects, where an object may have the values of several features.

    Attributes:
        columns: by name, the values of all features.
        rows: by name, (n,) the feature that an object has its value of, -1 where it has none.
    """

    columns: Mapping[str, pd.Series]
    rows: Mapping[str, NDArray[np.int64]]

    def of(self, number: int) -> Fields:
        """The fields of one object."""
        return Fields(self, number)

    def value(self, name: str, number: int) -> Any:
        """One field of one object, as Python holds it; None where it is empty."""
        row = int(self.rows[name][number])
        return None if row < 0 else self.columns[name].iloc[row : row + 1].tolist()[0]

    def values(self, name: str, numbers: NDArray[np.int64]) -> list[Any]:
        """One field of some objects; None where it is empty."""
        rows = self.rows[name][numbers]
        found = np.full(len(numbers), None, dtype=object)
        there = rows >= 0
        found[there] = _objects(self.columns[name].iloc[rows[there]].tolist())
        return found.tolist()


class Fields(Mapping[str, Any]):
    """The fields of one object, each looked up when it is asked for."""

    def __init__(self, attributes: Attributes, number: int) -> None:
        self.attributes, self.number = attributes, number

    def __getitem__(self, name: str) -> Any:
        if name not in self.attributes.columns:
            raise KeyError(name)
        return self.attributes.value(name, self.number)

    def __iter__(self) -> Iterator[str]:
        return iter(self.attributes.columns)

    def __len__(self) -> int:
        return len(self.attributes.columns)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        # To another process goes this object alone.
        return dict, (dict(self),)


def _objects(values: list[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


class Carried:
    """The fields of all rows of a layer, whose objects come from several sources.

    What an object's own fields say of its kind is its class, and no field beside.

    Attributes:
        names: of all fields, those of the first rows first.
    """

    def __init__(self, count: int) -> None:
        """``count`` is the number of rows."""
        self._count = count
        self._tables: list[tuple[Attributes, NDArray[np.int64], NDArray[np.int64]]] = []
        self._others: list[tuple[int, dict[str, Any]]] = []
        self._classes = np.full(count, None, dtype=object)

    def add(self, attributes: Attributes, numbers: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Objects of a table: their (n,) numbers there, and the (n,) rows of the layer that they become."""
        if not len(numbers):
            return
        name = class_field(attributes.columns)
        if name is not None:
            self._classes[places] = _objects([_kind(value) for value in attributes.values(name, numbers)])
            columns = {other: column for other, column in attributes.columns.items() if other != name}
            attributes = Attributes(columns, attributes.rows)
        self._tables.append((attributes, numbers, places))

    def add_each(self, fields: Iterable[Mapping[str, Any]], places: NDArray[np.int64]) -> None:
        """The fields of single objects, and the (n,) rows of the layer that these become."""
        by_table: dict[int, tuple[Attributes, list[int], list[int]]] = {}
        for place, one in zip(places.tolist(), fields, strict=True):
            if isinstance(one, Fields):
                _, numbers, its = by_table.setdefault(id(one.attributes), (one.attributes, [], []))
                numbers.append(one.number)
                its.append(place)
            else:
                name = class_field(one)
                self._classes[place] = class_of(one)
                self._others.append((place, {other: one[other] for other in one if other != name}))
        for attributes, numbers, its in by_table.values():
            self.add(attributes, np.array(numbers), np.array(its))

    @property
    def names(self) -> list[str]:
        """See the class."""
        found = [(int(places.min()), list(table.columns)) for table, _, places in self._tables]
        found += [(place, list(one)) for place, one in self._others]
        return list(
            dict.fromkeys(name for _, names in sorted(found, key=lambda one: one[0]) for name in names)
        )

    @property
    def classes(self) -> list[str | None]:
        """(count,) the class of each row; None where its object has none."""
        return self._classes.tolist()

    def values(self, name: str) -> list[Any]:
        """(count,) one field of all rows; None where it is empty, or an object has no such field."""
        found = np.full(self._count, None, dtype=object)
        for table, numbers, places in self._tables:
            if name in table.columns:
                found[places] = _objects(table.values(name, numbers))
        for place, one in self._others:
            found[place] = one.get(name)
        return found.tolist()
