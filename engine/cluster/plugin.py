"""A worker's side: the tools of a run in that process, and the task that uses them."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock, current_thread, main_thread
from typing import Any, TypeVar

from distributed import Worker, WorkerPlugin, get_worker

from engine.cluster.checks import Token, Versions, check_versions
from engine.cluster.setup import WorkerContext, WorkerSetup
from engine.errors import ClusterError, ConfigError, EngineError
from engine.threads import settle
from engine.writing.shards import write_shard

Result = TypeVar("Result")
Jobs = Sequence[tuple[int, Any]]
"""Number and job of each."""


class RunPlugin(WorkerPlugin):
    """Opens a run's tools in every worker process, also in those that join later.

    Attributes:
        name: of the plugin, and of the run's tasks.
        facts: of the context; empty on the side that sends it.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        versions: Versions,
        token: Token,
        sharded: bool,
        threads: int | None = None,
        processes: int = 1,
        *,
        ours: bool = False,
    ) -> None:
        """
        Args:
            versions: that this process must have.
            token: marks the folder that this process must see.
            sharded: whether the rows of the jobs go to shards in that folder.
            threads: of the processor; None leaves them.
            processes: how many there are on this machine, as far as the run knows.
            ours: whether the run started this process, and ends it.
        """
        self.name = f"resam-{uuid.uuid4().hex}"
        self.facts: Mapping[str, Any] = {}
        self._setup, self._versions, self._token, self._sharded = setup, versions, token, sharded
        self._threads, self._processes, self._ours = threads, processes, ours

    async def setup(self, worker: Worker) -> None:
        """Check this worker and open the tools; EngineError, which names the worker, if it cannot work."""
        if self._ours and current_thread() is main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends its workers.
        loop = asyncio.get_running_loop()
        work = partial(named, worker.address, partial(self._open, str(worker.name)))
        await loop.run_in_executor(None, work)

    def teardown(self, worker: Worker) -> None:
        """Let go of the tools."""
        context = self.__dict__.pop("_context", None)
        if context is not None:
            context.close()

    def _open(self, name: str) -> None:
        check_versions(self._versions)
        self._token.check()
        settle()
        if self._threads is not None:
            import torch

            torch.set_num_threads(self._threads)
        self._lock = Lock()
        self._context: WorkerContext = self._setup.open(device_of(self._setup.device, name, self._processes))
        self.facts = self._context.facts

    def do(self, jobs: Jobs, facts: Mapping[str, Any]) -> dict[int, int]:
        """Do jobs one after another; how many rows each has, by number. ``facts`` must be this context's."""
        if not hasattr(self, "_context"):
            raise ClusterError("cannot take part: its own log says why")
        if differing := sorted(name for name in facts if facts[name] != self.facts.get(name)):
            raise ClusterError(f"has another {', '.join(differing)} than the workers before it")
        with self._lock:
            rows = self._context.rows([job for _, job in jobs])
            found = [(number, some) for (number, _), some in zip(jobs, rows, strict=True)]
        if self._sharded:
            write_shard(self._token.folder, found)
        return {number: len(some) for number, some in found}


def device_of(wanted: str, worker: str, processes: int) -> str:
    """The device of one worker: each has a GPU of its own.

    Args:
        wanted: by the user; a numbered device is left as it is.
        worker: its name, which is its number among the processes of one machine.
        processes: how many of them there are.

    Raises:
        ConfigError: there are fewer GPUs than processes.
    """
    if wanted not in ("auto", "cuda"):
        return wanted
    import torch

    if not torch.cuda.is_available():
        return wanted
    count = torch.cuda.device_count()
    if processes > count:
        raise ConfigError(
            f"{processes} workers need a GPU each, and there are {count}; ask for fewer workers"
        )
    return f"cuda:{int(worker) % count}" if worker.isdecimal() else wanted


def do(jobs: Jobs, name: str, facts: Mapping[str, Any]) -> dict[int, int]:
    """The task: jobs done by the plugin called ``name`` of the worker that this runs in."""
    worker = get_worker()
    plugin = worker.plugins.get(name)
    if not isinstance(plugin, RunPlugin):
        raise ClusterError(f"worker {worker.address}: does not have the tools of this run")
    return named(worker.address, partial(plugin.do, jobs, facts))


def named(worker: str, work: Callable[[], Result]) -> Result:
    """What ``work`` returns; an EngineError of it says which worker it comes from.

    It comes without its causes: those of other libraries cannot be sent to the other side.
    """
    try:
        return work()
    except EngineError as error:
        problem = type(error)(f"worker {worker}: {error}")
    raise problem


def facts_of(name: str, dask_worker: Worker) -> Mapping[str, Any]:
    """What the context of a worker says of itself; Dask passes the worker by that name."""
    plugin = dask_worker.plugins[name]
    if not isinstance(plugin, RunPlugin):
        raise TypeError(f"{name} is no plugin")
    return plugin.facts
