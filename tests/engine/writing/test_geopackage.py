"""A layer put into a GeoPackage that holds others, or that somebody else has open."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

from engine.errors import OutputError
from engine.writing import geopackage
from engine.writing.output import check_writable, segments_frame, write_layer

OWN_CRS = "+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84"
OTHER_CRS = "+proj=laea +lat_0=12 +lon_0=20 +datum=WGS84"


def squares(count: int, crs: Any = "EPSG:32632") -> gpd.GeoDataFrame:
    rows = [{"prompt_id": k, "geometry": box(k, 0, k + 0.5, 1)} for k in range(1, count + 1)]
    return segments_frame(rows, crs)


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    """A GeoPackage of the user's, in a CRS that no authority numbers, with a style and a view of theirs."""
    path = tmp_path / "project.gpkg"
    frame = gpd.GeoDataFrame(
        {"name": list("abc")}, geometry=[box(k, 0, k + 1, 1) for k in range(3)], crs=OWN_CRS
    )
    frame.to_file(path, layer="roads")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW short AS SELECT fid, name FROM roads")
    return path


def content(path: Path, layer: str) -> dict[str, list[Any]]:
    """Every row of a table, and of all registers that name it."""
    with sqlite3.connect(path) as database:
        database.text_factory = bytes
        registers = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents", "gpkg_extensions")
        found = {layer: database.execute(f"SELECT * FROM {layer} ORDER BY 1").fetchall()}
        for name in registers:
            found[name] = database.execute(f"SELECT * FROM {name} WHERE table_name = ?", (layer,)).fetchall()
        return found


def test_a_layer_is_added_and_the_others_are_not_touched(roads: Path) -> None:
    before = content(roads, "roads")
    write_layer(roads, squares(4, OTHER_CRS), {"seed": 1})
    assert content(roads, "roads") == before
    back = pyogrio.read_dataframe(roads, layer="segments")
    assert back["prompt_id"].tolist() == [1, 2, 3, 4]
    assert back.crs == OTHER_CRS
    assert pyogrio.read_dataframe(roads, layer="roads").crs == OWN_CRS
    assert [name for name, _ in pyogrio.list_layers(roads)] == [
        "roads",
        "segments",
        "resam_run",
        "layer_styles",
    ]
    with sqlite3.connect(roads) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert database.execute("SELECT count(*) FROM short").fetchone() == (3,)
    assert [file.name for file in roads.parent.iterdir()] == ["project.gpkg"]


def test_an_added_layer_has_an_index_and_counts_its_rows(roads: Path) -> None:
    write_layer(roads, squares(9), {})
    assert len(pyogrio.read_dataframe(roads, layer="segments", bbox=(2.9, 0, 4.2, 1))) == 2
    with sqlite3.connect(roads) as database:
        count = database.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'segments'")
        assert count.fetchone() == (9,)


def test_a_layer_of_the_name_is_not_replaced_without_being_asked(roads: Path) -> None:
    write_layer(roads, squares(4), {})
    with pytest.raises(OutputError, match="has a layer 'segments', which exists already"):
        check_writable(roads)
    with pytest.raises(OutputError, match="has a layer 'Roads', which exists already"):
        check_writable(roads, layer="Roads")


def test_overwriting_replaces_our_layer_and_its_record_alone(roads: Path) -> None:
    write_layer(roads, squares(4), {"seed": 1})
    write_layer(roads, squares(3), {"seed": 2}, layer="trees")
    before = content(roads, "roads"), content(roads, "trees")
    write_layer(roads, squares(2), {"seed": 3}, overwrite=True)
    assert (content(roads, "roads"), content(roads, "trees")) == before
    assert pyogrio.read_dataframe(roads, layer="segments")["prompt_id"].tolist() == [1, 2]
    runs = pyogrio.read_dataframe(roads, layer="resam_run")
    assert dict(zip(runs["layer"], runs["run"], strict=True)) == {
        "segments": '{"seed": 3}',
        "trees": '{"seed": 2}',
    }
    with sqlite3.connect(roads) as database:
        styles = database.execute("SELECT f_table_name FROM layer_styles ORDER BY 1").fetchall()
    assert styles == [("segments",), ("trees",)]


def test_a_style_that_the_user_made_the_default_stays_it(roads: Path) -> None:
    write_layer(roads, squares(4), {})
    with sqlite3.connect(roads) as database:
        database.execute("UPDATE layer_styles SET styleName = 'mine'")
    write_layer(roads, squares(2), {}, overwrite=True)
    with sqlite3.connect(roads) as database:
        styles = database.execute("SELECT styleName, useAsDefault FROM layer_styles ORDER BY 1").fetchall()
    assert styles == [("mine", 1), ("score", 0)]


def test_a_record_of_a_version_that_knew_one_layer_goes_with_that_layer(roads: Path) -> None:
    write_layer(roads, squares(4), {"seed": 1})
    with sqlite3.connect(roads) as database:
        database.execute("ALTER TABLE resam_run DROP COLUMN layer")
    write_layer(roads, squares(2), {"seed": 2}, overwrite=True)
    assert pyogrio.read_dataframe(roads, layer="resam_run")["run"].tolist() == ['{"seed": 2}']


def test_a_table_that_is_no_layer_is_not_replaced(roads: Path) -> None:
    with sqlite3.connect(roads) as database:
        database.execute("CREATE TABLE segments (a)")
    with pytest.raises(OutputError, match="has a table 'segments' that is not a layer"):
        check_writable(roads, overwrite=True)


@pytest.mark.parametrize("written", [{"crs": "EPSG:8857"}, {"CRS_WKT_EXTENSION": "YES"}])
def test_a_file_that_tells_its_crs_in_newer_words_takes_a_layer(
    tmp_path: Path, written: dict[str, str]
) -> None:
    path = tmp_path / "project.gpkg"
    crs = written.pop("crs", OWN_CRS)
    fields = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=crs)
    pyogrio.write_dataframe(fields, path, layer="fields", **written)
    write_layer(path, squares(4), {})
    write_layer(path, squares(2, OTHER_CRS), {}, layer="others")
    assert pyogrio.read_dataframe(path, layer="segments").crs == "EPSG:32632"
    assert pyogrio.read_dataframe(path, layer="others").crs == OTHER_CRS
    assert pyogrio.read_dataframe(path, layer="fields").crs == crs


def test_a_layer_that_people_call_by_our_name_stays_called_so(roads: Path) -> None:
    with sqlite3.connect(roads) as database:
        database.execute("UPDATE gpkg_contents SET identifier = 'segments'")
    write_layer(roads, squares(4), {})
    write_layer(roads, squares(2), {}, overwrite=True)
    with sqlite3.connect(roads) as database:
        names = database.execute("SELECT table_name, identifier FROM gpkg_contents ORDER BY 1").fetchall()
    assert [name for name in names if name[0] in ("roads", "segments")] == [
        ("roads", "segments"),
        ("segments", None),
    ]
    assert len(pyogrio.read_dataframe(roads, layer="segments")) == 2


@pytest.mark.parametrize("name", ["segments", "resam_run", "layer_styles"])
def test_a_view_of_other_layers_is_not_replaced(roads: Path, name: str) -> None:
    with sqlite3.connect(roads) as database:
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM roads")
        database.execute("INSERT INTO gpkg_contents (table_name, data_type) VALUES (?, 'features')", (name,))
    with pytest.raises(OutputError, match=f"'{name}' in it is a view .* write to another file") as caught:
        check_writable(roads, overwrite=True)
    assert "\n" not in str(caught.value)


def test_a_database_of_another_kind_is_not_replaced_even_if_asked_for(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        database.execute("CREATE TABLE accounts (a)")
    with pytest.raises(OutputError, match="is no GeoPackage"):
        check_writable(tmp_path / "a.gpkg", overwrite=True)
    (tmp_path / "b.gpkg").write_bytes(b"SQLite format 3\x00" + bytes(200))
    with pytest.raises(OutputError, match="is no GeoPackage, or damaged"):
        check_writable(tmp_path / "b.gpkg", overwrite=True)


@pytest.mark.parametrize("text", [b"", b"mine"])
def test_what_is_no_database_at_all_is_replaced_only_if_asked_for(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.gpkg").write_bytes(text)
    with pytest.raises(OutputError, match="exists already"):
        check_writable(tmp_path / "a.gpkg")
    write_layer(tmp_path / "a.gpkg", squares(2), {}, overwrite=True)
    assert len(pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="segments")) == 2


OTHER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.argv[2:]:
    database.execute(line).fetchall()
print("ready", flush=True)
if sys.stdin.readline() == "go on\\n":
    database.execute("CREATE TABLE written_by_another (a)")
    print(database.execute("PRAGMA integrity_check").fetchone()[0], flush=True)
"""


@contextmanager
def opened_elsewhere(path: Path, *lines: str) -> Iterator[subprocess.Popen[str]]:
    """Another process with the file open, after these statements."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(path), *lines], stdin=pipe, stdout=pipe, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        try:
            yield other
        finally:
            other.kill()


READ = "SELECT count(*) FROM gpkg_contents"
IN_USE = {
    "WAL, idle, log of 0 bytes": ("PRAGMA journal_mode = WAL", READ, "PRAGMA wal_checkpoint(TRUNCATE)"),
    "WAL, with a change in the log": ("PRAGMA journal_mode = WAL", "CREATE TABLE other (a)"),
    "an edit under way": ("BEGIN IMMEDIATE", "CREATE TABLE other (a)"),
    "an exclusive lock": ("BEGIN EXCLUSIVE",),
}


@pytest.mark.parametrize("lines", IN_USE.values(), ids=IN_USE)
def test_a_file_that_another_program_uses_is_refused_in_one_line(roads: Path, lines: tuple[str, ...]) -> None:
    write_layer(roads, squares(4), {})
    with (
        opened_elsewhere(roads, *lines),
        pytest.raises(OutputError, match="another program has it open") as caught,
    ):
        write_layer(roads, squares(2), {}, overwrite=True)
    assert "\n" not in str(caught.value)
    assert len(pyogrio.read_dataframe(roads, layer="segments")) == 4


def test_a_program_that_has_the_file_open_and_idle_goes_on_in_the_new_content(roads: Path) -> None:
    with opened_elsewhere(roads, READ) as other:
        write_layer(roads, squares(4), {})
        assert other.stdin is not None
        assert other.stdout is not None
        print("go on", file=other.stdin, flush=True)
        assert other.stdout.readline() == "ok\n"
    with sqlite3.connect(roads) as database:
        assert database.execute("SELECT count(*) FROM written_by_another").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM segments").fetchone() == (4,)


def test_an_edit_that_a_kill_left_half_done_is_rolled_back_first(roads: Path) -> None:
    lines = (
        "PRAGMA cache_size = 1",
        "BEGIN",
        "CREATE TABLE big AS WITH RECURSIVE n(a) AS "
        "(SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 50000) SELECT a FROM n",
    )
    with opened_elsewhere(roads, *lines):
        pass
    assert roads.with_name("project.gpkg-journal").exists()
    write_layer(roads, squares(4), {})
    assert not roads.with_name("project.gpkg-journal").exists()
    assert "big" not in {name for name, _ in pyogrio.list_layers(roads)}
    with sqlite3.connect(roads) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
def test_what_is_left_of_another_file_is_not_taken_for_a_part_of_a_new_one(tmp_path: Path, end: str) -> None:
    (tmp_path / f"a.gpkg{end}").write_bytes(b"")
    with pytest.raises(OutputError, match=f"a.gpkg{end} is left of another file"):
        write_layer(tmp_path / "a.gpkg", squares(4), {})
    assert [file.name for file in tmp_path.iterdir()] == [f"a.gpkg{end}"]


def test_a_full_disk_leaves_the_file_as_it_was(roads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_layer(roads, squares(4), {"seed": 1})
    before = content(roads, "segments"), content(roads, "roads"), content(roads, "resam_run")

    def full(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(geopackage._Copy, "_style", full)
    with pytest.raises(OutputError, match=r"could not be written .database or disk is full"):
        write_layer(roads, squares(2), {"seed": 2}, overwrite=True)
    assert (content(roads, "segments"), content(roads, "roads"), content(roads, "resam_run")) == before
    assert [file.name for file in roads.parent.iterdir()] == ["project.gpkg"]
