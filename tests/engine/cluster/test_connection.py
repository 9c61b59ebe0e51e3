"""Who does the jobs, and which device each of them has."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine import segment
from engine.cluster.checks import Token, check_versions, versions
from engine.cluster.connection import ClusterOptions
from engine.cluster.plugin import device_of
from engine.cluster.pool import MOST_JOBS, _task_size
from engine.errors import ClusterError, ConfigError
from tests.engine.cli_scene import Captured, arguments, folder

__all__ = ["folder"]


@pytest.mark.parametrize("given", [(None, None), (2, "tcp://a:1")])
def test_a_crew_is_either_started_here_or_joined(given: tuple[int | None, str | None]) -> None:
    with pytest.raises(ConfigError, match="either --workers or --scheduler"):
        ClusterOptions(*given)


def test_no_workers_are_no_crew(folder: Path, capsys: Captured) -> None:
    assert segment.main(arguments(folder, "out.gpkg", "--workers", "0")) == 2
    assert "--workers must be at least 1, not 0" in capsys.readouterr().err


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cluster.connection.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="install the extra 'cluster'"):
        ClusterOptions(workers=2)


def test_a_scheduler_file_that_is_not_there_is_one_line(folder: Path, capsys: Captured) -> None:
    assert segment.main(arguments(folder, "out.gpkg", "--quiet", "--scheduler", "no.json")) == 2
    assert "no.json: neither the address of a scheduler" in capsys.readouterr().err


def test_the_processor_is_shared_among_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cluster.connection.processors", lambda: 8)
    assert ClusterOptions(workers=3).threads_each == 2
    assert ClusterOptions(workers=20).threads_each == 1
    assert ClusterOptions(workers=3, threads=5).threads_each == 5
    assert ClusterOptions(scheduler="tcp://a:1").threads_each is None


def test_every_worker_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [device_of("auto", name, 2) for name in ("0", "1")] == ["cuda:0", "cuda:1"]
    assert device_of("cpu", "1", 2) == "cpu"
    assert device_of("cuda:1", "0", 1) == "cuda:1"
    assert device_of("cuda", "tcp://a:1", 1) == "cuda"
    with pytest.raises(ConfigError, match="3 workers need a GPU each, and there are 2"):
        device_of("auto", "0", 3)


def test_few_jobs_are_shared_out_and_many_come_in_bounded_tasks() -> None:
    assert task_sizes(10, 2) == [1] * 10
    many = task_sizes(1000, 2)
    assert many[0] == max(many) == MOST_JOBS
    assert sum(many) == 1000


@pytest.mark.parametrize("jobs", [1, 70, 75, 1000])
@pytest.mark.parametrize("slots", [1, 2, 7])
def test_no_worker_idles_at_the_end_for_longer_than_a_job_takes(jobs: int, slots: int) -> None:
    busy = [0] * slots
    for size in task_sizes(jobs, slots):
        busy[busy.index(min(busy))] += size
    assert max(busy) - min(busy) <= 1


def task_sizes(jobs: int, slots: int) -> list[int]:
    """Sizes of all tasks, in the order in which they are sent."""
    sizes: list[int] = []
    while (left := jobs - sum(sizes)) > 0:
        sizes.append(_task_size(left, slots))
    return sizes


def test_a_folder_is_recognised_by_its_token(tmp_path: Path) -> None:
    with Token(tmp_path) as token:
        token.check()
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ClusterError, match="does not see"):
        token.check()


def test_other_versions_are_named_one_by_one() -> None:
    here = versions()
    check_versions(here)
    with pytest.raises(
        ClusterError, match=r"has torch \S+ in place of 1, the code of resam \S+ in place of 2"
    ):
        check_versions({**here, "torch": "1", "the code of resam": "2"})
