"""Whether clicks alone tell a gain from a loss: ``python -m training.benchmark.verdicts --rows NAME=FILE …``.

Each file holds runs of :mod:`training.benchmark.few_clicks` on one kind of images, whose truth is known. A
line through the signals of :mod:`training.adapt.estimate` is fitted to all kinds but one and judged on that
one, by turns; then to all, which are the numbers that the estimate uses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.console import Parser, Reporter, run_command
from engine.errors import ConfigError
from training.adapt import estimate
from training.adapt.estimate import WEIGHTS
from training.adapt.verdict import TELLING
from training.benchmark.few_clicks import Run
from training.results import read_lines

RIDGE = 0.03
"""Share of the runs by which weights of standardised signals are held back."""
FEWEST = 6
"""Runs below which nothing is fitted."""


def fitted(signals: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """(k + 1,) weights of (n, k) signals, and a constant, nearest to (n,) changes (ridge regression)."""
    middle, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    scaled = (signals - middle) / spread
    held = RIDGE * len(signals) * np.eye(signals.shape[1])
    weights = np.linalg.solve(scaled.T @ scaled + held, scaled.T @ (changes - changes.mean())) / spread
    return np.append(weights, changes.mean() - weights @ middle)


def expected(line: np.ndarray, signals: np.ndarray) -> np.ndarray:
    """(n,) changes that the line gives."""
    return np.asarray(signals @ line[:-1] + line[-1])


def held_apart(kinds: np.ndarray, signals: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """(n,) changes of every run by a line through the runs of all other kinds."""
    found = np.empty(len(changes))
    for kind in np.unique(kinds):
        mine = kinds == kind
        found[mine] = expected(fitted(signals[~mine], changes[~mine]), signals[mine])
    return found


def table(kinds: np.ndarray, told: np.ndarray, changes: np.ndarray) -> str:
    """Markdown: by kind and over all, how often the sign is right, correlation, and what would be said."""
    columns = [
        "runs on",
        "runs",
        "lost",
        "sign right",
        "correlation",
        "error",
        "gain expected, came",
        "loss expected, came",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for kind in (*np.unique(kinds), "all"):
        mine = kinds == kind if kind != "all" else np.ones(len(kinds), bool)
        lines.append(f"| {kind} | {' | '.join(_cells(told[mine], changes[mine]))} |")
    return "\n".join(lines)


def _cells(told: np.ndarray, changes: np.ndarray) -> list[str]:
    error = np.sqrt(np.mean((told - changes) ** 2))
    said = [(told > TELLING, changes > 0), (told < -TELLING, changes < 0)]
    return [
        str(len(told)),
        str((changes < 0).sum()),
        f"{100 * np.mean((told > 0) == (changes > 0)):.0f} %",
        f"{np.corrcoef(told, changes)[0, 1]:.2f}" if len(told) > 2 else "–",
        f"{error:.3f}",
        *(f"{which.sum()}, {(which & true).sum()}" for which, true in said),
    ]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.verdicts", description=__doc__)
    parser.add_argument(
        "--rows", type=_named, nargs="+", required=True, metavar="NAME=FILE", help="runs.jsonl of each kind"
    )
    parser.add_argument("--as-it-is", action="store_true", help="judge the estimate of train; fit nothing")
    options = parser.parse_args(argv)
    return run_command(lambda reporter: _work(options.rows, options.as_it_is), Reporter("verdicts"))


def _named(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not found or not name or not path:
        raise argparse.ArgumentTypeError(f"a file of runs is NAME=FILE, not {text!r}")
    return name, Path(path)


def _work(files: Sequence[tuple[str, Path]], as_it_is: bool) -> None:
    found = [(name, run) for name, path in files for run in _runs(path)]
    kinds = np.array([name for name, _ in found])
    changes = np.array([run.after - run.before for _, run in found])
    if as_it_is:
        if not found:
            raise ConfigError("--rows: no run in them has signals")
        told = np.array([estimate.expected(_signals(run)) for _, run in found])
        print(table(kinds, told, changes))
        return
    if min(np.unique(kinds, return_counts=True)[1], default=0) < FEWEST or len(np.unique(kinds)) < 2:
        raise ConfigError(f"--rows: give runs of two kinds of images or more, at least {FEWEST} of each")
    signals = np.array([[run.signals[name] for name in WEIGHTS] for _, run in found])
    rises = signals[:, list(WEIGHTS).index("rise")]
    print(table(kinds, np.minimum(held_apart(kinds, signals, changes), rises), changes))
    line = fitted(signals, changes)
    for name, weight in zip((*WEIGHTS, "constant"), line, strict=True):
        print(f"{name}: {weight:.3f}")


def _signals(run: Run) -> estimate.Signals:
    """What the estimate reads; older rows hold other signals besides."""
    return estimate.Signals(**{name: run.signals[name] for name in WEIGHTS})


def _runs(path: Path) -> list[Run]:
    """The runs with signals; ConfigError if there is no such file."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such file; make it with python -m training.benchmark.few_clicks")
    return [run for run in (Run(**entry) for entry in read_lines(path)) if run.signals]


if __name__ == "__main__":
    sys.exit(main())
