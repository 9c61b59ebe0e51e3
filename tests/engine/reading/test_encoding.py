"""Text in whatever encoding a vector file has it."""

from __future__ import annotations

import json
import locale
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest

from engine import encode, evaluate, preview, segment
from engine.errors import PointsError
from engine.reading.vector import VectorLayer, read_layer
from tests.engine.cli_scene import Captured, arguments, fake, folder
from tests.engine.point_layers import at
from tests.engine.reading.dbf import Column, write_shapefile

__all__ = ["fake", "folder"]

WORD = "Größe"


def read(path: Path, encoding: str | None = None) -> VectorLayer:
    return read_layer(path, "point", target=None, encoding=encoding)


def csv(tmp_path: Path, encoding: str, name: str = WORD) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(f"x,y,{name}\r\n1,2,{name} 1\r\n3,4,plain\r\n".encode(encoding))
    return path


def geojson(tmp_path: Path, encoding: str, name: str = WORD) -> Path:
    feature = {
        "type": "Feature",
        "properties": {name: f"{name} 1"},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    path = tmp_path / "a.geojson"
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    return path


def gpkg(tmp_path: Path, encoding: str) -> Path:
    """A GeoPackage into which another program has put bytes that are no UTF-8."""
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": ["?"]}, geometry=[at(1, 2)], crs=32632).to_file(path)
    with closing(sqlite3.connect(path)) as database:
        for (trigger,) in database.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            database.execute(f'drop trigger "{trigger}"')
        code = f"{WORD} 1".encode(encoding).hex()
        database.execute(f"update a set name = cast(x'{code}' as text)")
        database.commit()
    return path


def dbf(tmp_path: Path, encoding: str, driver: int = 0, cpg: str | None = None, word: str = WORD) -> Path:
    columns = [Column(b"name", "C", 20)]
    cells = [[f"{word} 1".encode(encoding)], [b"plain"]]
    return write_shapefile(tmp_path / "a.shp", columns, cells, driver=driver, cpg=cpg)


@pytest.mark.parametrize("make", [csv, geojson])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_unicode_text_is_read_without_a_note(tmp_path: Path, make, encoding: str) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path, "utf-16-be" if encoding.endswith("bom") else encoding)
    if encoding.endswith("bom"):
        path.write_bytes(b"\xfe\xff" + path.read_bytes())
    layer = read(path)
    assert layer.fields == [WORD]
    assert layer.frame[WORD][0] == f"{WORD} 1"
    assert not any("--encoding" in note for note in layer.notes)


@pytest.mark.parametrize("make", [csv, geojson])
def test_text_of_the_windows_west_is_read_and_told(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    layer = read(make(tmp_path, "cp1252"))
    assert layer.frame[WORD][0] == f"{WORD} 1"
    assert any("read as cp1252" in note and note.startswith("a.") for note in layer.notes)


def test_a_geopackage_with_bytes_that_are_no_utf8_is_read_and_told(tmp_path: Path) -> None:
    layer = read(gpkg(tmp_path, "cp1252"))
    assert layer.frame["name"].tolist() == [f"{WORD} 1"]
    assert any("not UTF-8, as it should be; it is read as cp1252" in note for note in layer.notes)


@pytest.mark.parametrize(
    ("encoding", "driver", "cpg"),
    [
        ("cp1252", 0, None),
        ("utf-8", 0, None),
        ("cp1252", 0x57, None),
        ("utf-8", 0x57, None),
        ("cp1252", 0, "UTF-8"),
        ("utf-8", 0, "ISO-8859-1"),
        ("utf-8", 0, "1252"),
        ("cp1252", 0, "nonsense"),
    ],
)
def test_a_shapefile_with_a_wrong_or_no_declaration_is_read_and_told(
    tmp_path: Path, encoding: str, driver: int, cpg: str | None
) -> None:
    layer = read(dbf(tmp_path, encoding, driver, cpg))
    assert layer.frame["name"].tolist() == [f"{WORD} 1", "plain"]
    assert any(f"read as {'UTF-8' if encoding == 'utf-8' else 'cp1252'}" in note for note in layer.notes)


@pytest.mark.parametrize(
    ("encoding", "driver", "cpg", "word"),
    [
        ("utf-8", 0, "UTF-8", WORD),
        ("cp1252", 0, "1252", WORD),
        ("cp1252", 0, "ISO-8859-1", WORD),
        ("cp1251", 0xC9, None, "Дом"),
        ("cp1251", 0, "ANSI 1251", "Дом"),
        ("cp850", 0, "CP850", WORD),
    ],
)
def test_a_shapefile_that_declares_its_encoding_is_believed(
    tmp_path: Path, encoding: str, driver: int, cpg: str | None, word: str
) -> None:
    layer = read(dbf(tmp_path, encoding, driver, cpg, word))
    assert layer.frame["name"][0] == f"{word} 1"
    assert not any("--encoding" in note for note in layer.notes)


def test_plain_text_needs_no_note(tmp_path: Path) -> None:
    assert not any("encoding" in note for note in read(dbf(tmp_path, "ascii", word="House")).notes)


@pytest.mark.parametrize("make", [csv, dbf])
def test_the_platforms_encoding_comes_before_cp1252(  # type: ignore[no-untyped-def]
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1250")
    frame = read(make(tmp_path, "cp1250")).frame
    assert f"{WORD} 1" in frame.drop(columns="geometry").to_numpy()


@pytest.mark.parametrize("make", [csv, geojson, dbf])
def test_the_encoding_that_the_user_names_is_taken(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    word = "ソース"
    layer = read(
        make(tmp_path, "shift_jis", **({"word": word} if make is dbf else {"name": word})), "shift_jis"
    )
    assert layer.frame[layer.fields[0]][0] == f"{word} 1"
    assert not any("--encoding" in note for note in layer.notes)


def test_a_named_encoding_does_not_garble_a_format_that_knows_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": [WORD]}, geometry=[at(1, 2)], crs=32632).to_file(path)
    assert read(path, "cp1252").frame["name"].tolist() == [WORD]
    assert read(gpkg(tmp_path, "cp850"), "cp850").frame["name"].tolist() == [f"{WORD} 1"]


@pytest.mark.parametrize(
    ("named", "said"), [("utf-8", "not in utf-8"), ("klingon", "is no encoding"), ("hex", "is no")]
)
@pytest.mark.parametrize("make", [csv, geojson, dbf, gpkg])
def test_an_encoding_that_does_not_fit_is_one_line(tmp_path: Path, make, named: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PointsError, match=said) as caught:
        read(make(tmp_path, "cp1252"), named)
    assert "\n" not in str(caught.value)
    assert "--encoding" in str(caught.value)


def test_text_in_no_known_encoding_asks_for_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,y,name\n1,2,\x81\x8d\n")
    with pytest.raises(PointsError, match=r"a\.csv: its text is not in UTF-8 or .*cp1252; name its encoding"):
        read(path)


def test_what_lies_beside_a_csv_is_heeded_whatever_its_encoding(tmp_path: Path) -> None:
    path = csv(tmp_path, "cp1252", "name")
    path.write_bytes(path.read_bytes().replace(b"plain", "Größe".encode("cp1252")))
    path.with_suffix(".csvt").write_text('"Real","Real","String"')
    assert read(path).frame["name"].tolist() == ["name 1", WORD]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("verb", [segment, evaluate, preview, encode])
def test_every_verb_tells_what_encoding_it_took(folder: Path, capsys: Captured, verb) -> None:  # type: ignore[no-untyped-def]
    frame = gpd.read_file(folder / "clicks.gpkg")
    rows = [f"{p.x},{p.y},Dach ä" for p in frame.geometry]
    (folder / "clicks.csv").write_bytes("\n".join(["x,y,note", *rows]).encode("cp1252"))
    words = arguments(folder, "out.gpkg", points="clicks.csv")
    if verb is evaluate:
        words = [
            *arguments(folder, "out.json", points="clicks.csv"),
            "--reference",
            str(folder / "truth.gpkg"),
        ]
    if verb is preview:
        words = [*arguments(folder, "out.png", points="clicks.csv"), "--polygons", str(folder / "truth.gpkg")]
    if verb is encode:
        words = [*words[:-2], "--cache", str(folder / "cache")]
    assert verb.main(words) == 0
    assert "note: clicks.csv: holds text that is not UTF-8" in capsys.readouterr().err
    assert verb.main([*words, "--encoding", "cp1252", *(["--overwrite"] if verb is segment else [])]) == 0
    assert "is not UTF-8" not in capsys.readouterr().err


def test_a_missing_reference_is_told_before_the_work(folder: Path, fake, capsys: Captured) -> None:  # type: ignore[no-untyped-def]
    words = [*arguments(folder, "out.json"), "--reference", str(folder / "gone.gpkg")]
    assert evaluate.main(words) == 2
    assert "gone.gpkg" in capsys.readouterr().err
    assert not fake.encoded
