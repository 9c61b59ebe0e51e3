"""What a run has found so far outlives it, and only a run alike goes on from there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from engine.errors import ConfigError, OutputError
from engine.writing import shards as module
from engine.writing.shards import Shards, folder_of

SIGNATURE = {"raster": {"sha256": "a"}, "model": ["nano", "b", 512], "settings": {"eps": 0.1}}
SHAPES = [box(0, 0, 1 / 3, 1), Polygon(), MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1e-9)])]


def rows(job: int) -> list[dict[str, Any]]:
    return [
        {"prompt_id": 10 * job + k, "geometry": shape, "score": 1 / (k + 3), "cut": k == 1}
        for k, shape in enumerate(SHAPES)
    ]


def stopped(out: Path, *jobs: int, signature: dict[str, Any] = SIGNATURE) -> None:
    """A run that is interrupted after some jobs."""

    def run() -> None:
        with Shards(out, resume=False) as shards:
            shards.begin(signature)
            for job in jobs:
                shards.add(job, rows(job))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()


def test_a_run_goes_on_where_another_stopped_with_every_bit_of_it(tmp_path: Path) -> None:
    stopped(tmp_path / "a.gpkg", 0, 2)
    with Shards(tmp_path / "a.gpkg", resume=True) as shards:
        shards.begin(SIGNATURE)
        assert shards.done == {0, 2}
        shards.add(1, rows(1))
        found = sorted(shards.rows(), key=lambda row: row["prompt_id"])
        expected = [row for job in (0, 1, 2) for row in rows(job)]
        plain = [{**row, "geometry": shapely.to_wkb(row["geometry"])} for row in found]
        assert plain == [{**row, "geometry": shapely.to_wkb(row["geometry"])} for row in expected]
        shards.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SIGNATURE)
def test_a_run_that_differs_is_refused_with_the_difference_named_and_nothing_is_lost(
    tmp_path: Path, name: str
) -> None:
    stopped(tmp_path / "a.gpkg", 0)
    other = SIGNATURE | {name: "other"}
    with (
        pytest.raises(ConfigError, match=f"another {name}; use the same"),
        Shards(tmp_path / "a.gpkg", True) as two,
    ):
        two.begin(other)
    with Shards(tmp_path / "a.gpkg", resume=True) as shards:
        shards.begin(SIGNATURE)
        assert shards.done == {0}


def test_with_nothing_to_go_on_with_a_run_starts_afresh(tmp_path: Path) -> None:
    with Shards(tmp_path / "a.gpkg", resume=True) as shards:
        shards.begin(SIGNATURE)
        assert (shards.done, shards.notes) == (set(), [])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_to_go_on_starts_afresh_and_says_so(tmp_path: Path) -> None:
    stopped(tmp_path / "a.gpkg", 0)
    with Shards(tmp_path / "a.gpkg", resume=False) as shards:
        shards.begin(SIGNATURE)
        assert shards.done == set()
        assert "--resume continues one" in shards.notes[0]
        assert list(shards.rows()) == []


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_run_whose_signature_cannot_be_read_is_refused_and_nothing_is_lost(
    tmp_path: Path, content: bytes | None
) -> None:
    stopped(tmp_path / "a.gpkg", 0, 2)
    signature = folder_of(tmp_path / "a.gpkg") / module.SIGNATURE
    if content is None:
        signature.unlink()
    else:
        signature.write_bytes(content)
    before = sorted(path.name for path in signature.parent.iterdir())
    with (
        pytest.raises(ConfigError, match="cannot be read"),
        Shards(tmp_path / "a.gpkg", resume=True) as shards,
    ):
        shards.begin(SIGNATURE)
    assert sorted(path.name for path in signature.parent.iterdir()) == before


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_shard_is_noticed_and_its_jobs_are_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: float
) -> None:
    monkeypatch.setattr(module, "ROWS", 1)
    stopped(tmp_path / "a.gpkg", 0, 1)
    first, _ = sorted(folder_of(tmp_path / "a.gpkg").glob("*.parquet"))
    content = bytearray(first.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    first.write_bytes(content)
    with Shards(tmp_path / "a.gpkg", resume=True) as shards:
        shards.begin(SIGNATURE)
        left = {row["prompt_id"] // 10 for row in shards.rows()}
        assert left == shards.done
        assert 1 in left
        assert (0 in left) != any("is damaged" in note for note in shards.notes)


def test_a_part_that_a_kill_left_is_no_shard(tmp_path: Path) -> None:
    stopped(tmp_path / "a.gpkg", 0)
    (folder_of(tmp_path / "a.gpkg") / ".000000001-000000001.ab12cd34.part.parquet").write_bytes(b"half")
    with Shards(tmp_path / "a.gpkg", resume=True) as shards:
        shards.begin(SIGNATURE)
        assert (shards.done, shards.notes) == ({0}, [])


def test_two_runs_do_not_write_one_output(tmp_path: Path) -> None:
    with Shards(tmp_path / "a.gpkg", False), pytest.raises(OutputError, match="another run"):
        Shards(tmp_path / "a.gpkg", False).__enter__()


def test_a_run_that_starts_while_another_ends_is_refused_or_has_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, real = tmp_path / "out.gpkg", shutil.rmtree
    heard: list[str] = []

    def removed(*given: Any, **more: Any) -> None:
        with pytest.raises(OutputError, match="another run is writing"), Shards(out, resume=False):
            pass
        heard.append("refused")
        real(*given, **more)

    monkeypatch.setattr(shutil, "rmtree", removed)
    with Shards(out, resume=False):
        pass
    assert heard == ["refused"]
    assert not folder_of(out).exists()


def test_a_folder_that_another_run_removes_at_the_last_moment_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, real, calls = tmp_path / "out.gpkg", module.claimed, []

    def late(file: Path) -> Any:
        calls.append(file)
        if len(calls) == 1:
            file.parent.rmdir()
        return real(file)

    monkeypatch.setattr(module, "claimed", late)
    with Shards(out, resume=False) as shards:
        shards.begin(SIGNATURE)
        assert (folder_of(out) / module.SIGNATURE).exists()


def test_few_files_hold_many_jobs(tmp_path: Path) -> None:
    with Shards(tmp_path / "a.gpkg", False) as shards:
        shards.begin(SIGNATURE)
        for job in range(1000):
            shards.add(job, rows(job))
        assert len(list(shards.rows())) == 3000
        assert len(list(shards.folder.glob("*.parquet"))) <= 3000 // module.ROWS + 1


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.gpd.GeoDataFrame, "to_parquet", full)
    with Shards(tmp_path / "a.gpkg", False) as shards:
        shards.begin(SIGNATURE)
        shards.add(0, rows(0))
        with pytest.raises(OutputError, match=r"cannot be kept there .No space left on device"):
            shards.save()
        shards.discard()


def test_geometries_that_wait_for_the_layer_go_with_the_shards(tmp_path: Path) -> None:
    out = tmp_path / "a.gpkg"
    with Shards(out, resume=False) as shards:
        store = shards.store()
        number = store.add(np.array([shapely.box(0, 0, 1, 1)]))
        assert store.read(number)[0].equals(shapely.box(0, 0, 1, 1))
        shards.discard()
    assert list(tmp_path.iterdir()) == []
