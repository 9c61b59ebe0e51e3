"""The method against its comparators: ``python -m training.benchmark --data FOLDER --work DIR``.

Every arm adapts the same model with the same adapter, steps, losses and augmentation on clicks drawn from
the true masks of the training images, once under protocol C, and is tested on clicks drawn once from others.
Rows go to ``rows.jsonl`` as they are measured; a run that is started again, on any machine, leaves out what
is there. At the end ``results.json`` and ``table.md`` hold means, 95 % intervals (paired bootstrap over
images), and the gap closed: (arm - direct) / (supervised - direct).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from engine.console import Parser, Reporter, count, count_or_none, run_command
from engine.errors import ConfigError
from training.adapt.trainer import Diverged
from training.benchmark.arms import ARMS, NAMES
from training.benchmark.rows import Row, Task, check_options, line_of, read_rows
from training.benchmark.setting import Setting
from training.benchmark.table import summarise, table
from training.benchmark.tasks import ENGINE_WAYS, run_task
from training.benchmark.unfinished import forget
from training.results import add_lines, check_folder, check_same, go_on_with, run_all, write_whole
from training.run_lock import alone

WORK = Path("build", "benchmark")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)

    options.work = options.work or WORK / Path(options.data).name

    def work(reporter: Reporter) -> None:
        path, failed = options.work / "rows.jsonl", []
        check_folder(path)
        if not options.table:
            setting = _setting(options)
            check_same(options.work / "setting.json", setting.identity(), "--work")
            check_options(path)
            failed = measure_all(_tasks(options), setting, path, options.workers, reporter)
        measured = [row for rows in read_rows(path).values() for row in rows]
        if not measured:
            raise ConfigError(f"{options.work}: nothing has been measured there yet")
        results = summarise(measured, json.loads((options.work / "setting.json").read_text()))
        write_whole(options.work / "results.json", json.dumps(results, indent=1) + "\n")
        write_whole(options.work / "table.md", table(results) + "\n")
        print(table(results))
        if failed:
            raise ConfigError(f"{len(failed)} tasks have no rows, the others have: {'; '.join(failed)}")

    held = work if options.table else alone(options.work, "--work", work)
    return run_command(held, Reporter("benchmark"), "interrupted; run it again to continue")


def _setting(options: argparse.Namespace) -> Setting:
    from engine.models import registry

    return Setting(
        options.data,
        options.model,
        registry.load(options.model, "cpu").base_sha256,
        options.protocol,
        options.steps,
        options.train,
        options.test,
        options.engine,
        options.precision,
        options.own_resolution,
        options.only,
        options.device,
        options.work,
    )


def _tasks(options: argparse.Namespace) -> list[Task]:
    return [
        Task(arm, points, seed)
        for points in options.points
        for seed in range(options.seeds)
        for arm in options.arms.split(",")
    ]


def measure_all(
    tasks: Sequence[Task], setting: Setting, path: Path, workers: int, reporter: Reporter
) -> list[str]:
    """Measure what has no rows yet; which tasks diverged, and how.

    Any other error ends the run with it: what was measured is kept, and what waits is not begun.
    """
    go_on_with(path)
    rows = read_rows(path)
    waiting = [task for task in tasks if lacks(rows, task, setting.engine)]
    reporter.start(len(tasks), "tasks")
    reporter.advance(len(tasks) - len(waiting))
    failed = []

    def keep(task: Task, future: Future[list[Row]]) -> None:
        try:
            add_lines(path, [line_of(task, future.result())])
        except Diverged as error:
            failed.append(f"{task}: {error}")
        forget(path.parent, task)
        reporter.advance(1)

    def told(text: str) -> None:
        reporter.event("task", text)

    run_all(partial(run_task, setting=setting), waiting, workers, keep, told)
    return sorted(failed)


def lacks(rows: Mapping[Task, Sequence[Row]], task: Task, engine: int) -> bool:
    """Whether a task is to be measured: it has no rows, or none of the engine's ways where it should."""
    ways = {row["way"] for row in rows.get(task, ())}
    return not ways or (task.seed < engine and not ways.issuperset(ENGINE_WAYS))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m training.benchmark", description=__doc__)
    parser.add_argument("--data", required=True, help="COCO folder, folder of scenes, or generated:DOMAIN")
    parser.add_argument("--work", type=Path, help="folder of the rows (default: build/benchmark/NAME)")
    parser.add_argument(
        "--arms", type=_arms, default=",".join(ARMS), help=f"comma-separated: {', '.join(NAMES)}"
    )
    parser.add_argument("--points", type=count, nargs="+", default=[1, 2, 3], help="clicks per object")
    parser.add_argument("--seeds", type=count, default=3, help="draws of the clicks, and of everything else")
    parser.add_argument(
        "--protocol",
        choices=("A", "B", "C"),
        default="C",
        help="C (default): clicks on the object, drawn once. B: as many beside it, drawn anew for every "
        "visit. A: as B, on pixels without the network's mean and deviation, as in the reference code",
    )
    parser.add_argument("--steps", type=count, default=400, help="of every trained arm")
    parser.add_argument("--train", type=count, help="images to adapt on (default: all)")
    parser.add_argument("--test", type=count, help="images to test on (default: all)")
    parser.add_argument(
        "--engine",
        type=count_or_none,
        nargs="?",
        const=1,
        default=0,
        metavar="SEEDS",
        help="number of seeds to test with refine and requery, and with zoom, too; where the rows are there "
        "already, these arms are adapted again",
    )
    parser.add_argument(
        "--own-resolution",
        action="store_true",
        help="read images window by window, as the engine does, where they are larger than the model's tile",
    )
    parser.add_argument("--only", metavar="CLASS", help="objects of this class alone, of scenes or COCO")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the training")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or auto (default: cpu)")
    parser.add_argument("--workers", type=count, default=2)
    parser.add_argument("--table", action="store_true", help="print the table of what is there and stop")
    return parser


def _arms(text: str) -> str:
    unknown = [name for name in text.split(",") if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no arm '{unknown[0]}': choose among {', '.join(NAMES)}")
    return text


if __name__ == "__main__":
    sys.exit(main())
