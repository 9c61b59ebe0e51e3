"""The paper's table: ``python -m training.benchmark.paper_table --model sam_vit_b --data DIR``.

All eight methods with their published settings, 1 to 3 points, protocols A and C, IoU and F1, with the
paper's own figures beside. It runs :mod:`training.benchmark` twice, in folders of their own below ``--work``,
and like it continues where it was stopped, within an arm too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from training.benchmark.published import METHODS, PUBLISHED, SETS, set_named
from training.benchmark.rows import Task, check_options, read_rows
from training.benchmark.run import WORK, measure_all
from training.benchmark.setting import Setting
from training.benchmark.table import summarise
from training.results import check_folder, check_same, write_whole
from training.run_lock import alone

PROTOCOLS = ("A", "C")
POINTS = (1, 2, 3)
STEPS = 4000
"""Of every arm: ten times the warm-up that was published; the papers train for several epochs."""
CHECKPOINTS = (".pth", ".pt", ".safetensors")
"""How the names of files of weights end; those of models hold dots, too."""
Cells = Mapping[tuple[str, str, int], Mapping[str, Any]]
"""What was measured, by protocol, arm and points."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    name = options.set or set_named(Path(options.data).name)
    path = Path(options.model)
    model = path.stem if path.suffix in CHECKPOINTS else options.model
    work = options.work or WORK / "paper-table" / f"{Path(options.data).name}-{model}"

    def run(reporter: Reporter) -> None:
        failed: list[str] = []
        for protocol in PROTOCOLS:
            folder = work / protocol
            rows = folder / "rows.jsonl"
            check_folder(rows)
            if options.table:
                continue
            setting = _setting(options, protocol, folder)
            check_same(folder / "setting.json", setting.identity(), "--work")
            check_options(rows)
            reporter.event("protocol", f"protocol {protocol}, rows in {folder}")
            failed += measure_all(_tasks(options), setting, rows, options.workers, reporter)
        text = table(_cells(work), name, options.compared or model)
        write_whole(work / "table.md", text + "\n")
        print(text)
        if failed:
            raise ConfigError(f"{len(failed)} tasks have no rows, the others have: {'; '.join(failed)}")

    held = run if options.table else alone(work, "--work", run)
    return run_command(held, Reporter("paper-table"), "interrupted; run it again to continue")


def _setting(options: argparse.Namespace, protocol: str, folder: Path) -> Setting:
    from engine.models import registry

    return Setting(
        data=options.data,
        model=options.model,
        weights=registry.load(options.model, "cpu").base_sha256,
        protocol=protocol,
        steps=options.steps,
        train=options.train,
        test=options.test,
        engine=0,
        precision=options.precision,
        device=options.device,
        work=folder,
    )


def _tasks(options: argparse.Namespace) -> list[Task]:
    return [
        Task(arm, points, seed)
        for seed in range(options.seeds)
        for points in options.points
        for arm in METHODS.values()
    ]


def _cells(work: Path) -> Cells:
    """Means by protocol, arm and points; ConfigError if there are none."""
    found: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for protocol in PROTOCOLS:
        rows = [row for rows in read_rows(work / protocol / "rows.jsonl").values() for row in rows]
        for entry in summarise(rows, {})["entries"]:
            found[protocol, entry["arm"], entry["points"]] = entry
    if not found:
        raise ConfigError(f"{work}: nothing has been measured there yet")
    return found


def table(cells: Cells, name: str | None, model: str) -> str:
    """Markdown: a row a method and protocol, and one of the paper's where it has the set and the model."""
    columns = [f"{points} point{'s' if points > 1 else ''}" for points in POINTS]
    head = ["method", "figures", *columns, "peak MiB"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for method, arm in METHODS.items():
        for protocol in PROTOCOLS:
            entries = [cells.get((protocol, arm, points)) for points in POINTS]
            shown = [_measured(entry) for entry in entries]
            lines.append(
                f"| {_port(method)} | protocol {protocol} | {' | '.join(shown)} | {_peak(entries)} |"
            )
        if name is not None and (figures := PUBLISHED.get((name, model, method))):
            printed = " | ".join(f"{iou:.2f} / {f1:.2f}" for iou, f1 in figures)
            lines.append(f"| {method} | the paper's | {printed} | |")
    return "\n".join(
        ["IoU / F1 in percent; in brackets the draws of clicks.", "", *lines, "", *_notes(name, model)]
    )


def _port(method: str) -> str:
    """DePT and TRIBE have no public code on SAM: what is measured is a port in their style."""
    return f"{method}-style" if method in ("DePT", "Tribe") else method


def _measured(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "–"
    return f"{entry['iou']:.2f} / {entry['f1']:.2f} ({len(entry['by_seed'])})"


def _peak(entries: Sequence[Mapping[str, Any] | None]) -> str:
    peaks = [entry["watched"]["peak_mib"][1] for entry in entries if entry and "peak_mib" in entry["watched"]]
    return f"{max(peaks):.0f}" if peaks else ""


def _notes(name: str | None, model: str) -> list[str]:
    if name is None:
        return [f"The paper has no such set; its sets are {', '.join(SETS)}: name yours with --set."]
    if (name, model, "ReSAM") not in PUBLISHED:
        return [f"The paper has no figures for {model}; name the model to compare with by --compared."]
    return [
        "Beside the paper's figures: its own code draws clicks from the true masks anew at every visit, as "
        "protocol A does; IoU here is taken at the image's own pixels; DePT, Tribe and WeSAM are our ports."
    ]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m training.benchmark.paper_table", description=__doc__)
    parser.add_argument("--model", required=True, help="sam_vit_b, sam2.1_hiera_b+, any other, or a file")
    parser.add_argument("--data", required=True, help="COCO folder of NWPU VHR-10, WHU or HRSID")
    parser.add_argument("--work", type=Path, help="folder of the rows (default: below build/benchmark)")
    parser.add_argument(
        "--set", choices=SETS, help="whose figures stand beside (default: by the folder's name)"
    )
    parser.add_argument("--compared", metavar="MODEL", help="whose figures (default: those of --model)")
    parser.add_argument("--points", type=int, nargs="+", choices=POINTS, default=list(POINTS))
    parser.add_argument("--seeds", type=count, default=1, help="draws of the clicks (default: 1)")
    parser.add_argument("--steps", type=count, default=STEPS, help=f"of every arm (default: {STEPS})")
    parser.add_argument("--train", type=count, help="images to adapt on (default: all)")
    parser.add_argument("--test", type=count, help="images to test on (default: all)")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the training")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    parser.add_argument("--workers", type=count, default=1, help="processes (default: 1)")
    parser.add_argument("--table", action="store_true", help="print the table of what is there and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
