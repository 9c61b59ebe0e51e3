"""Jobs handed to the workers of a cluster, few at a time, until all are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cluster.checks import Token, versions
from engine.cluster.connection import ClusterOptions, connected
from engine.cluster.setup import WorkerSetup
from engine.console import Reporter
from engine.errors import ClusterError, EngineError

if TYPE_CHECKING:
    from distributed import Client, Future

    from engine.cluster.plugin import Jobs, RunPlugin

IN_FLIGHT = 2
"""Tasks a worker: one that it does, and one that waits for it. The scheduler holds no more."""
MOST_JOBS = 16
"""Jobs a task, where many are left."""
TASKS_A_WORKER = 4
"""Tasks for each worker in what is left, or more: towards the end tasks become small, so that no worker idles
while another does a long one."""
LOOK_SECONDS = 5.0
"""How often the loop looks whether anybody is still at work."""


@contextmanager
def running_workers(
    cluster: ClusterOptions, setup: WorkerSetup, folder: Path, reporter: Reporter, *, sharded: bool = True
) -> Iterator[WorkerPool]:
    """Workers with their tools at hand, all of them checked.

    Args:
        setup: makes the tools in each worker process, once.
        folder: exists, and must be seen by every worker.
        sharded: whether the rows of the jobs go to shards in that folder (:mod:`engine.writing.shards`).

    Raises:
        EngineError: the scheduler does not answer, or a worker cannot take part: other versions, no access to
            a file, no model.
    """
    with Token(folder) as token, connected(cluster, reporter) as client:
        from engine.cluster.plugin import RunPlugin

        _check_code(client)
        plugin = RunPlugin(
            setup,
            versions(),
            token,
            sharded,
            cluster.threads_each,
            cluster.workers or 1,
            ours=cluster.workers is not None,
        )
        with _lost_scheduler():
            client.register_plugin(plugin, name=plugin.name)
        try:
            yield WorkerPool(client, plugin)
        finally:
            with suppress(Exception):  # The scheduler may be gone; the tools go with the workers.
                client.unregister_worker_plugin(plugin.name)


class WorkerPool:
    """Workers that are ready.

    Attributes:
        facts: what the setup's contexts say of themselves, the same for all.
    """

    def __init__(self, client: Client, plugin: RunPlugin) -> None:
        """ClusterError if the workers' contexts are not all the same."""
        from engine.cluster.plugin import facts_of

        self._client, self._name = client, plugin.name
        with _lost_scheduler():
            found: dict[str, Mapping[str, Any]] = client.run(facts_of, plugin.name)
        (first, self.facts), *others = found.items()
        for address, facts in others:
            if differing := sorted(name for name in self.facts if facts.get(name) != self.facts[name]):
                raise ClusterError(f"worker {address}: has another {', '.join(differing)} than {first}")

    def do(
        self, jobs: Sequence[tuple[int, Any]], packed: Callable[[Any], Any] = lambda job: job
    ) -> Iterator[dict[int, int]]:
        """Do jobs anywhere, in any order; yields how many rows each has, by number, as they are done.

        What a lost worker had in hand is done by another.

        Args:
            jobs: with their numbers; each is looked up when it is sent.
            packed: makes of a job what is sent.

        Raises:
            EngineError: a job cannot be done.
            ClusterError: the scheduler is gone, or one task after another takes its worker along.
        """
        from distributed import wait

        sent = 0
        flying: set[Future[Any]] = set()
        with _lost_scheduler(), self._client.as_current():
            while True:
                slots = self._slots()
                while sent < len(jobs) and len(flying) < IN_FLIGHT * slots:
                    size = _task_size(len(jobs) - sent, slots)
                    flying.add(self._submit(jobs[sent : sent + size], packed))
                    sent += size
                if not flying:
                    return
                with suppress(TimeoutError):
                    wait(list(flying), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
                done = {future for future in flying if future.done()}
                flying -= done
                for future in done:
                    yield future.result()

    def _submit(self, batch: Jobs, packed: Callable[[Any], Any]) -> Future[Any]:
        from engine.cluster.plugin import do

        sent = [(number, packed(job)) for number, job in batch]
        key = f"{self._name}-{sent[0][0]}"
        return self._client.submit(do, sent, self._name, self.facts, key=key, pure=False)

    def _slots(self) -> int:
        """Threads of all workers that are there; at least one, since others may come."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        return max(1, sum(worker["nthreads"] for worker in workers.values()))


def _task_size(left: int, slots: int) -> int:
    """How many of the ``left`` jobs go into the next task, if the workers have ``slots`` threads together."""
    return max(1, min(MOST_JOBS, left // (TASKS_A_WORKER * slots)))


def _check_code(client: Client) -> None:
    """ClusterError if a worker has no such package as this, or none that knows of clusters."""
    from engine.cluster.checks import versions as asked

    with _lost_scheduler():
        answers = client.run(asked, on_error="return")
    for address, answer in answers.items():
        if isinstance(answer, Exception):
            raise ClusterError(
                f"worker {address}: cannot run resam ({' '.join(str(answer).split())}); "
                "install the same version of it there"
            )


@contextmanager
def _lost_scheduler() -> Iterator[None]:
    """ClusterError in place of what Dask raises when it cannot go on."""
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        yield
    except EngineError:
        raise
    except KilledWorker as error:
        raise ClusterError(
            f"{error.allowed_failures + 1} workers ended while they did the same tiles, perhaps for want of "
            "memory; what is done is kept: give each worker more, and continue with --resume"
        ) from error
    except (CancelledError, CommClosedError, TimeoutError) as error:
        raise ClusterError(
            "the scheduler is gone; what is done is kept: start it again, and continue with --resume"
        ) from error
