"""A queue of runs of the engine: one after the other in the background, kept on disk for the next session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import places, remote
from .i18n import tr
from .presence import present, project
from .queue_file import QueueFile
from .tasks import EngineTask

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
SCHEMA = places.schema()
LAYER = SCHEMA.SEGMENTS
MERGED = "merged.gpkg"
Merge = tuple[QgsProcessingAlgRunnerTask, QgsProcessingContext, QgsProcessingFeedback]
"""A merge that goes on, with what it would crash without."""


@dataclass
class Entry:
    """One run.

    Attributes:
        title: what it reads, for people.
        arguments: the engine's command, from the module's name on, without leave to use the network.
        out: the file that it makes.
        merged: the file that all runs of one set are merged into at the end; empty for none, and afterwards.
        problem: why it failed, in one line.
    """

    title: str
    arguments: list[str]
    out: str
    merged: str = ""
    state: str = WAITING
    problem: str = ""

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Entry:
        """What was kept; what ran when QGIS ended waits. KeyError or TypeError if it is damaged."""
        names = ("title", "out", "merged", "state", "problem")
        # Earlier versions kept what the user had allowed until that QGIS ended.
        words = [str(word) for word in found["arguments"] if word != SCHEMA.ALLOW_REMOTE.flag]
        entry = cls(arguments=words, **{n: str(found[n]) for n in names})
        entry.state = WAITING if entry.state == RUNNING else entry.state
        return entry

    def command(self) -> list[str]:
        """The arguments as they hold now: whether the raster may lead to the network is no part of them."""
        pairs = zip(self.arguments, self.arguments[1:])
        allowed = any(flag == SCHEMA.RASTER.flag and remote.allowed(path) for flag, path in pairs)
        return [*self.arguments, *SCHEMA.ALLOW_REMOTE.words(allowed)]


class Batch(QObject):
    """The queue.

    Signals:
        changed: an entry came, went, or is in another state.
        progressed: per cent of the run that goes on.
        finished: an entry is done that is merged with no others: its file.
        merged: all of a set are done, and in one file: its path, or the problem after an empty path.
    """

    changed = pyqtSignal()
    progressed = pyqtSignal(int)
    finished = pyqtSignal(str)
    merged = pyqtSignal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = QueueFile()
        self.entries = list(_entries(self._kept.take()))
        if self.entries:
            self._keep()
        self.paused = True
        self._task: EngineTask | None = None
        self._merging: dict[str, Merge] = {}

    @property
    def unfinished(self) -> int:
        """How many runs wait."""
        return sum(entry.state in (WAITING, RUNNING) for entry in self.entries)

    @property
    def unmerged(self) -> list[str]:
        """The files of sets that are done and not merged: QGIS ended before, or the disk refused."""
        sets = {entry.merged: True for entry in self.entries if entry.merged}
        sets |= {entry.merged: False for entry in self.entries if entry.state != DONE}
        return [path for path, done in sets.items() if done and path not in self._merging]

    @property
    def running(self) -> Entry | None:
        """The run that goes on."""
        return next((entry for entry in self.entries if entry.state == RUNNING), None)

    def add(self, entries: Iterable[Entry]) -> None:
        """More runs at the end; they begin unless the queue is paused with others waiting."""
        idle = not self.unfinished
        self.entries += entries
        self._keep()
        if idle:
            self.resume()

    def resume(self) -> None:
        """Go on."""
        self.paused = False
        for path in self.unmerged:
            self._merge(path)
        self._next()

    def pause(self) -> None:
        """Stop the run that goes on; what it has found is kept for when the queue goes on."""
        self.paused = True
        if self._task is not None:
            self._task.cancel()
        self.changed.emit()

    def retry(self) -> None:
        """Have the runs that failed wait again."""
        for entry in self.entries:
            if entry.state == FAILED:
                entry.state, entry.problem = WAITING, ""
        self._keep()
        self.resume()

    def remove(self, entries: Sequence[Entry]) -> None:
        """Take runs out; one that goes on stays."""
        gone = [entry for entry in entries if entry.state != RUNNING]
        self.entries = [entry for entry in self.entries if not any(entry is other for other in gone)]
        self._keep()
        for path in {entry.merged for entry in gone if entry.state != DONE}:
            self._merge(path)  # It may have waited for these alone.

    def close(self) -> None:
        """The plugin is unloaded: the run that goes on is found as unfinished next time."""
        if self._task is not None:
            self._task.abandon()
            self._task = None
        for task, *_ in self._merging.values():
            task.blockSignals(True)
            task.cancel()
        self._kept.close()

    def free_file(self, folder: Path, name: str, more: Iterable[Entry] = ()) -> Path:
        """A file that neither stands nor is promised to another run, of the queue or of some more."""
        promised = {path for entry in (*self.entries, *more) for path in (entry.out, entry.merged)}
        promised |= self._merging.keys()
        path, number = folder / f"{name}.gpkg", 2
        while path.exists() or str(path) in promised:
            path, number = folder / f"{name}_{number}.gpkg", number + 1
        return path

    def _next(self) -> None:
        entry = next((entry for entry in self.entries if entry.state == WAITING), None)
        if self._task is None and not self.paused and entry is not None:
            entry.state = RUNNING
            self._task = EngineTask(tr("ReSAM: {}").format(entry.title), entry.command())
            self._task.progressChanged.connect(self._progress)
            self._task.ended.connect(self._ended)
            present(QgsApplication.taskManager()).addTask(self._task)
        self._keep()

    def _progress(self, value: float) -> None:
        self.progressed.emit(int(value))

    def _ended(self, problem: str | None) -> None:
        task, entry = present(self._task), present(self.running)
        self._task = None
        if problem is None:
            entry.state = DONE
            self._merge(entry.merged) if entry.merged else self.finished.emit(entry.out)
        elif task.isCanceled():
            entry.state, self.paused = WAITING, True
        else:
            entry.state, entry.problem = FAILED, _told(problem)
        self._next()

    def _merge(self, path: str) -> None:
        """Once nothing of a set is unfinished, all that it found becomes one layer."""
        mine = [entry for entry in self.entries if entry.merged == path]
        if not path or not mine or any(entry.state != DONE for entry in mine):
            return
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(project())
        # Of every raster, the points beside it are rows without a polygon.
        only = f"|layername={LAYER}|subset=\"status\" <> 'rejected'"
        # By their sources, not as layers: those belong to this thread.
        wanted = {"LAYERS": [entry.out + only for entry in mine], "OUTPUT": path}
        registry = present(QgsApplication.processingRegistry())
        algorithm = registry.createAlgorithmById("native:mergevectorlayers")
        task = QgsProcessingAlgRunnerTask(algorithm, wanted, context, feedback)
        self._merging[path] = (task, context, feedback)  # Else they would be collected before it has ended.
        task.executed.connect(partial(self._merged, path))
        present(QgsApplication.taskManager()).addTask(task)

    def _merged(self, path: str, good: bool, results: dict[str, Any]) -> None:
        del self._merging[path]
        if good:
            for entry in self.entries:
                entry.merged = "" if entry.merged == path else entry.merged
        else:
            self.paused = (
                self.paused or not self.unfinished
            )  # Nothing goes on: the user may have it tried again.
        self._keep()
        self.merged.emit(path if good else "", "" if good else tr("{} cannot be written.").format(path))

    def _keep(self) -> None:
        """Write the queue down."""
        self._kept.write([vars(entry) for entry in self.entries])
        self.changed.emit()


def _told(problem: str) -> str:
    """Why a run failed; a file may be allowed to lead to the network where it is clicked on."""
    if not remote.is_refusal(problem):
        return problem
    way = tr("if you trust whoever made it, click on it and press “Allow”, then try the run again")
    return f"{remote.reason(problem)}: {way}"


def _entries(rows: Iterable[dict[str, Any]]) -> Iterator[Entry]:
    """What was kept, without what is damaged."""
    for row in rows:
        with suppress(KeyError, TypeError):
            yield Entry.from_json(row)
