"""One layer put into a GeoPackage that holds others: in one transaction, which touches nothing else.

The layer is written to a file of its own first, by GDAL, and copied from there by SQLite, which makes the
change whole or not at all in a file of any size. The file stays the same file: a program that has it open
reads the new content, where a replaced file would leave it with one that nobody else sees.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from engine.errors import OutputError
from engine.messages import message
from engine.staging import uninterrupted

_COMPANIONS = ("-wal", "-journal", "-shm")
_REGISTERS = {
    "gpkg_contents": "table_name",
    "gpkg_geometry_columns": "table_name",
    "gpkg_extensions": "table_name",
    "gpkg_ogr_contents": "table_name",
    "gpkg_data_columns": "table_name",
    "gpkg_metadata_reference": "table_name",
}
"""The tables in which a GeoPackage lists its layers, and the column that names the layer."""
_MAGIC = b"SQLite format 3\x00"
RUNS, STYLES = "resam_run", "layer_styles"
_CRS = "gpkg_spatial_ref_sys"
_WKT1, _WKT2, _UNSAID = "definition", "definition_12_063", "undefined"
"""The columns that hold a CRS as WKT 1 and as WKT 2 (optional), and the value that means unknown."""
_BUSY_SECONDS = 2.0


def check(path: Path, layer: str, overwrite: bool) -> bool:
    """Whether a GeoPackage is there that can take the layer; False where a file is new or replaced whole.

    Raises:
        OutputError: another program has it open, it is a database of another kind, or ``overwrite`` is not
            asked for and it has a layer of that name, or is no database at all.
    """
    path = Path(os.path.realpath(path))
    if not is_database(path):
        left = [name for end in _COMPANIONS if os.path.lexists(name := f"{path}{end}")]
        if left:
            raise OutputError(
                f"{path}: {Path(left[0]).name} is left of another file and would damage a new one; "
                "close the program that had it open, or move it away"
            )
        if path.exists() and not overwrite:
            raise OutputError(message("output-exists", path=path))
        return False
    with _exclusive(path) as database:
        if not _has(database, "gpkg_contents"):
            raise OutputError(f"{path}: exists already and is no GeoPackage; choose another name")
        kind = _kind(database, layer)
        if kind is not None and not overwrite:
            raise OutputError(message("output-layer-exists", path=path, layer=layer))
        if kind not in (None, "features", "attributes"):
            raise OutputError(f"{path}: has a table '{layer}' that is not a layer; write to another file")
        for name in (layer, RUNS, STYLES):
            if _has(database, name, kinds=("view",)):
                raise OutputError(
                    f"{path}: '{name}' in it is a view of other layers, which stays; write to another file"
                )
    return True


def is_database(path: Path) -> bool:
    """Whether a file says that it is one of SQLite's."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except FileNotFoundError:
        return False


def put(staged: Path, path: Path, layer: str) -> None:
    """Copy a layer, with its style and the record of its run, from one GeoPackage into another.

    Args:
        staged: holds the layer, and may hold :data:`RUNS` and :data:`STYLES` with one row each.
        path: an existing GeoPackage; a layer of that name in it is replaced, all else stays.

    Raises:
        OutputError: another program has it open.
        sqlite3.Error, OSError: the disk refuses; the file is then as it was.
    """
    path = Path(os.path.realpath(path))
    with _exclusive(path, change=True) as database:
        database.execute("ATTACH ? AS new", (str(staged),))
        database.execute("BEGIN IMMEDIATE")
        try:
            _Copy(database).layer(layer)
        except BaseException:
            database.execute("ROLLBACK")
            raise
        with uninterrupted():
            database.execute("COMMIT")
        database.execute("DETACH new")


@contextmanager
def _exclusive(path: Path, change: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that nobody else has beside; what a killed program left undone is rolled back first.

    A change goes to a log beside the file (WAL), not into the file: readers that cannot write, such as GDAL,
    can read a file beside which a killed run left such a log, but none with a rollback journal.
    """
    try:
        with closing(_connection(path)) as database:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA legacy_alter_table = ON")
            (mode,) = database.execute("PRAGMA journal_mode").fetchone()
            # Also an idle connection to a file in WAL mode holds a lock that this one has to wait for.
            database.execute("BEGIN EXCLUSIVE")
            database.execute("COMMIT")
            if change:
                database.execute("PRAGMA journal_mode = WAL").fetchone()
            try:
                yield database
            finally:
                if change and mode != "wal":
                    with suppress(sqlite3.Error):  # What is committed stays so, in the log as well.
                        database.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    except sqlite3.DatabaseError as error:
        raise _explained(path, error) from error


def _connection(path: Path) -> sqlite3.Connection:
    name = path.absolute().as_uri() + "?mode=rw"
    return sqlite3.connect(name, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def _explained(path: Path, error: sqlite3.DatabaseError) -> OutputError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutputError(f"{path}: another program has it open or edits it; close it there first")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return OutputError(
            f"{path}: exists already and is no GeoPackage, or damaged ({error}); choose another name"
        )
    return OutputError(f"{path}: could not be written ({error})")


def _has(
    database: sqlite3.Connection,
    table: str,
    schema: str = "main",
    kinds: tuple[str, ...] = ("table", "view"),
) -> bool:
    found = database.execute(
        _sql(
            "SELECT 1 FROM {schema}.sqlite_master WHERE lower(name) = lower(?) AND type IN ({marks})",
            schema=schema,
            marks=", ".join("?" * len(kinds)),
        ),
        (table, *kinds),
    )
    return found.fetchone() is not None


def _kind(database: sqlite3.Connection, layer: str) -> str | None:
    """What a GeoPackage says a table is: empty if it is no layer, None if there is no such table."""
    found = database.execute(
        "SELECT data_type FROM gpkg_contents WHERE lower(table_name) = lower(?)", (layer,)
    ).fetchone()
    if found is not None:
        return str(found[0])
    return "" if _has(database, layer) else None


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def _sql(statement: str, **names: str) -> str:
    """A statement with names of tables and columns in it, which cannot be parameters; values always are."""
    return statement.format(**names)


class _Copy:
    """What goes from the attached database ``new`` into ``main``, within a transaction of the caller's."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._systems: dict[int, int] = {}
        database.create_function("resam_srs", 1, self._with_srs)

    def layer(self, layer: str) -> None:
        """The layer itself, then its style and record beside those of others."""
        for table in (*_REGISTERS, _CRS):
            self._make_if_missing(table)
        self._take_wkt2()
        self._systems = self._srs_ids()
        self._drop(layer)
        self._table(layer)
        self._row(RUNS, {"layer": layer}, {"layer": layer})
        self._style(layer)

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._database.execute(sql, values).fetchall()

    def _columns(self, table: str, schema: str) -> list[str]:
        return [row[1] for row in self._all(f"PRAGMA {schema}.table_info({quoted(table)})")]

    def _make_if_missing(self, table: str) -> None:
        if not _has(self._database, table) and _has(self._database, table, "new"):
            self._run_sql_of(table, ("table",))

    def _take_wkt2(self) -> None:
        """Make room for a CRS that WKT 1 cannot say, if the layer's is one, as GDAL does."""
        if _WKT2 in self._columns(_CRS, "new") and _WKT2 not in self._columns(_CRS, "main"):
            added = f"ADD COLUMN {_WKT2} TEXT NOT NULL DEFAULT '{_UNSAID}'"
            self._database.execute(f"ALTER TABLE main.{_CRS} {added}")
            self._register("gpkg_extensions", _CRS)

    def _srs_ids(self) -> dict[int, int]:
        """Number of each CRS of the staged file -> its number in this file, where it is entered if new."""
        names = self._columns(_CRS, "main")
        common = [name for name in self._columns(_CRS, "new") if name in names]
        unsaid = {_WKT2: _UNSAID} if _WKT2 in names else {}
        same = _sql(
            "SELECT srs_id FROM main.{table} WHERE (srs_id = ?1 AND {old} = ?4 AND ({new} = ?5 OR ?4 <> ?6))"
            " OR (upper(organization) = upper(?2) AND organization_coordsys_id = ?3"
            " AND upper(?2) <> 'NONE') ORDER BY srs_id = ?1 DESC",
            **{"table": _CRS, "old": _WKT1, "new": _WKT2 if unsaid else _WKT1},
        )
        keys = ("srs_id", "organization", "organization_coordsys_id", _WKT1)
        numbers: dict[int, int] = {}
        for row in self._all(_sql("SELECT {names} FROM new.{table}", names=", ".join(common), table=_CRS)):
            entry = {**unsaid, **dict(zip(common, row, strict=True))}
            number = entry["srs_id"]
            known = (*(entry[key] for key in keys), entry.get(_WKT2, _UNSAID), _UNSAID)
            found = self._database.execute(same, known).fetchone()
            if found is None and number in (-1, 0):
                found = (number,)
            if found is None:
                ((most,),) = self._all(_sql("SELECT max(srs_id) FROM main.{table}", table=_CRS))
                known_number = _sql("SELECT 1 FROM main.{table} WHERE srs_id = ?", table=_CRS)
                taken = self._all(known_number, (number,))
                found = (max(int(most) + 1, 100_000) if taken else number,)
                self._insert(_CRS, {**entry, "srs_id": found[0]})
            numbers[int(number)] = int(found[0])
        return numbers

    def _run_sql_of(self, table: str, kinds: tuple[str, ...]) -> None:
        """Make a table, or its indices and triggers, as the staged file has them."""
        marks = ", ".join("?" * len(kinds))
        for name, sql in self._all(
            _sql(
                "SELECT name, sql FROM new.sqlite_master WHERE sql IS NOT NULL "
                "AND lower(tbl_name) = lower(?) AND type IN ({marks}) ORDER BY type",
                marks=marks,
            ),
            (table, *kinds),
        ):
            if not self._all("SELECT 1 FROM main.sqlite_master WHERE name = ?", (name,)):
                self._database.execute(sql)

    def _drop(self, layer: str) -> None:
        """Remove a layer, its index and what is registered of it."""
        geometry = self._all(
            "SELECT table_name, column_name FROM main.gpkg_geometry_columns"
            " WHERE lower(table_name) = lower(?)",
            (layer,),
        )
        for table, column in geometry:
            self._database.execute(f"DROP TABLE IF EXISTS main.{quoted(f'rtree_{table}_{column}')}")
        self._database.execute(f"DROP TABLE IF EXISTS main.{quoted(layer)}")
        for register, column in reversed(_REGISTERS.items()):
            if _has(self._database, register):
                self._database.execute(
                    _sql(
                        "DELETE FROM main.{register} WHERE lower({column}) = lower(?)",
                        register=register,
                        column=column,
                    ),
                    (layer,),
                )

    def _table(self, table: str) -> None:
        """A table with rows, index, and entries in the registers; triggers last, since they count rows."""
        self._run_sql_of(table, ("table",))
        columns = self._columns(table, "new")
        geometry = dict(self._all("SELECT table_name, column_name FROM new.gpkg_geometry_columns"))
        taken = [
            f"resam_srs({quoted(name)})" if name == geometry.get(table) else quoted(name) for name in columns
        ]
        names = ", ".join(map(quoted, columns))
        self._database.execute(
            _sql(
                "INSERT INTO main.{table} ({names}) SELECT {taken} FROM new.{table}",
                table=quoted(table),
                names=names,
                taken=", ".join(taken),
            )
        )
        if table in geometry:
            self._index(f"rtree_{table}_{geometry[table]}")
        for register in _REGISTERS:
            self._register(register, table)
        self._run_sql_of(table, ("index", "trigger"))

    def _index(self, name: str) -> None:
        for (sql,) in self._all("SELECT sql FROM new.sqlite_master WHERE name = ?", (name,)):
            self._database.execute(sql)
            copied = _sql("INSERT INTO main.{index} SELECT * FROM new.{index}", index=quoted(name))
            self._database.execute(copied)

    def _register(self, register: str, table: str) -> None:
        """The entries of a table, with the number that its CRS has in this file."""
        if not (_has(self._database, register, "new") and _has(self._database, register)):
            return
        names = [name for name in self._columns(register, "main") if name in self._columns(register, "new")]
        for row in self._all(
            _sql(
                "SELECT {names} FROM new.{register} WHERE table_name = ?",
                names=", ".join(map(quoted, names)),
                register=register,
            ),
            (table,),
        ):
            values = [
                self._systems.get(value, value) if name == "srs_id" else value
                for name, value in zip(names, row, strict=True)
            ]
            entry = dict(zip(names, values, strict=True))
            # A name for people, which is to be the only one of its kind; another layer may have it.
            if "identifier" in entry and self._all(
                "SELECT 1 FROM main.gpkg_contents WHERE identifier = ?", (entry["identifier"],)
            ):
                entry["identifier"] = None
            self._insert(register, entry)

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        names, marks = ", ".join(map(quoted, row)), ", ".join("?" * len(row))
        into = _sql(
            "INSERT INTO main.{table} ({names}) VALUES ({marks})", table=table, names=names, marks=marks
        )
        self._database.execute(into, tuple(row.values()))

    def _row(self, table: str, replaced: Mapping[str, Any], default: Mapping[str, Any]) -> None:
        """The staged file's row of a table, in place of those with the same values of ``replaced``."""
        if not _has(self._database, table, "new"):
            return
        if not _has(self._database, table):
            self._table(table)
            return
        ours = self._columns(table, "main")
        for name in replaced:
            if name not in ours:
                # Of a version that knew of one layer only.
                self._database.execute(f"ALTER TABLE main.{table} ADD COLUMN {quoted(name)} TEXT")
                filled = _sql("UPDATE main.{table} SET {name} = 'segments'", table=table, name=quoted(name))
                self._database.execute(filled)
                ours.append(name)
        where = " AND ".join(f"{quoted(name)} = ?" for name in replaced)
        gone = _sql("DELETE FROM main.{table} WHERE {where}", table=table, where=where)
        self._database.execute(gone, tuple(replaced.values()))
        key = next((row[1] for row in self._all(f"PRAGMA new.table_info({table})") if row[5]), None)
        names = [name for name in self._columns(table, "new") if name in ours and name != key]
        staged = _sql("SELECT {names} FROM new.{table}", names=", ".join(map(quoted, names)), table=table)
        for row in self._all(staged):
            self._insert(table, {**dict(zip(names, row, strict=True)), **default})

    def _style(self, layer: str) -> None:
        """Our style beside those that the user gave the layer, which may stay the default."""
        own = "f_table_name = ? AND NOT (styleName = 'score' AND coalesce(owner, '') = '')"
        chosen = _has(self._database, STYLES) and self._all(
            _sql("SELECT 1 FROM main.{styles} WHERE {own} AND useAsDefault", styles=STYLES, own=own), (layer,)
        )
        self._row(
            STYLES,
            {"f_table_name": layer, "styleName": "score", "owner": ""},
            {"useAsDefault": 0} if chosen else {},
        )

    def _with_srs(self, blob: bytes | None) -> bytes | None:
        """A geometry with the number that its CRS has in this file."""
        if blob is None or len(blob) < 8:
            return blob
        order = "<" if blob[3] & 1 else ">"
        (number,) = struct.unpack_from(order + "i", blob, 4)
        return blob[:4] + struct.pack(order + "i", self._systems.get(number, number)) + blob[8:]
