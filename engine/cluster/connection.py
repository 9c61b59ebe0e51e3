"""Who does the jobs: worker processes on this machine, or a Dask cluster that the user runs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.console import Reporter
from engine.errors import ClusterError, ConfigError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 20.0
"""How long a scheduler may take to answer."""
QUIET = "critical"
"""Of Dask's own messages: what matters to a user comes from us, in one line."""


@dataclass(frozen=True)
class ClusterOptions:
    """Where the jobs of a run are done.

    Attributes:
        workers: processes to start on this machine, or None.
        scheduler: address (``tcp://host:port``) or file of a scheduler that the user runs, or None.
        threads: of the processor, for each worker process; None shares this machine's among ``workers``, and
            leaves those of a cluster as they are.
    """

    workers: int | None = None
    scheduler: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if (self.workers is None) == (self.scheduler is None):
            raise ConfigError("give either --workers or --scheduler")
        if self.workers is not None and self.workers < 1:
            raise ConfigError(f"--workers must be at least 1, not {self.workers}")
        if find_spec("distributed") is None:
            raise ConfigError(
                "workers need Dask, which is not installed: install the extra 'cluster' of resam"
            )

    @property
    def threads_each(self) -> int | None:
        """Of one worker process; None leaves them as they are."""
        if self.threads is not None or self.workers is None:
            return self.threads
        return max(1, processors() // self.workers)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def connected(cluster: ClusterOptions, reporter: Reporter) -> Iterator[Client]:
    """A client of the scheduler with at least one worker; prints the address of its dashboard.

    Raises:
        ClusterError: the scheduler does not answer.
    """
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        target = _scheduler_of(cluster) if cluster.workers is None else stack.enter_context(_local(cluster))
        client = stack.enter_context(_client(Client, target, cluster))
        count = _wait_for_workers(client, cluster, reporter)
        link = client.dashboard_link
        processes = f"{count} worker{'s' if count > 1 else ''}"
        text = f"{processes} at {_address(client)}; dashboard: {link}"
        reporter.event("cluster", text, workers=count, dashboard=link)
        yield client


@contextmanager
def _local(cluster: ClusterOptions) -> Iterator[Any]:
    """Processes on this machine, which go with this one."""
    import dask
    from distributed import LocalCluster

    threads = str(cluster.threads_each)
    variables = {
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads),
        "DASK_LOGGING__DISTRIBUTED": QUIET,
    }
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": variables}),
        LocalCluster(
            n_workers=cluster.workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as started,
    ):
        yield started


def _scheduler_of(cluster: ClusterOptions) -> dict[str, str]:
    """How Dask wants an address, or a file that holds one."""
    named = cluster.scheduler or ""
    if "://" in named:
        return {"address": named}
    if not Path(named).is_file():
        raise ClusterError(
            f"{named}: neither the address of a scheduler (tcp://host:port) nor a scheduler file that exists"
        )
    return {"scheduler_file": named}


@contextmanager
def _client(make: Any, target: Any, cluster: ClusterOptions) -> Iterator[Client]:
    arguments = target if isinstance(target, dict) else {"address": target}
    try:
        client = make(**arguments, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        where = cluster.scheduler or "this machine's own workers"
        raise ClusterError(
            f"{where}: no scheduler answers ({' '.join(str(error).split())}); "
            "start it, or correct the address"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=5)


def _wait_for_workers(client: Client, cluster: ClusterOptions, reporter: Reporter) -> int:
    """Until all processes of this machine, or one of a cluster, have come; how many there are."""
    wanted = cluster.workers or 1
    if len(client.scheduler_info()["workers"]) < wanted and cluster.workers is None:
        reporter.notes([f"no worker is at {_address(client)} yet; waiting for the first"])
    client.wait_for_workers(wanted)
    return len(client.scheduler_info()["workers"])


def _address(client: Client) -> str:
    return str(client.scheduler_info()["address"])
