"""The first-run assistant: where the engine's Python comes from, one button, and the way back."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import builds, diagnostics, environment, interpreters, places, runtime, sayings, settings
from .i18n import tr
from .interpreters import BuildError, NoPython
from .meter import Meter
from .presence import present
from .tasks import BackgroundTask

CLOCK_MS = 500
INDEX_NEEDED = sys.platform == "win32"
"""PyTorch publishes its CUDA build for Windows on an index of its own, whose hashes are in no lock."""


@dataclass(frozen=True)
class Wanted:
    """What the user chose.

    Attributes:
        accelerator: cpu or cuda, or None for an interpreter of the user's own.
        wheels: folder to install from without a network, or None.
        own: the interpreter of the user's own.
        index: for torch, see :class:`environment.Plan`.
        fetch: whether uv may fetch a Python.
    """

    accelerator: str | None
    wheels: Path | None = None
    own: str = ""
    index: str = ""
    fetch: bool = False


class BuildTask(BackgroundTask):
    """Builds the environment, or tries a Python of the user's own, in the background.

    Signals, in the window's thread, besides those of a background task:
        step: steps done, steps in all, what is going on.

    Attributes:
        own: the interpreter of the user's own that is tried, or empty.
        may_fetch: whether uv could fetch a Python where none fits.
    """

    step = pyqtSignal(int, int, str)

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(tr("ReSAM: environment"))
        self._wanted, self.own = wanted, wanted.own
        self._variables = runtime.variables()
        self.may_fetch = False

    def work(self) -> str | None:
        """Build it, or try it out."""
        if self._wanted.accelerator is None:
            return self._try_own()
        try:
            places.home().mkdir(parents=True, exist_ok=True)
            with builds.only_build():
                self._build_for(self._wanted.accelerator)
        except OSError as problem:
            return sayings.not_written(problem, places.home())
        except BuildError:
            if not self.isCanceled():
                raise
            # Whatever was being run when the user cancelled, its end is no fault of the machine.
            self.may_fetch = False
            return tr("Cancelled; what was downloaded is kept.")
        return None

    def _build_for(self, accelerator: str) -> None:
        plan = builds.plan_for(accelerator, self._python(), self._wanted.wheels, self._wanted.index)
        environment.Builder(plan, self._command, self.step.emit, self.isCanceled).build()

    def _python(self) -> str:
        """The interpreter to build on: one of the machine's, or one that uv fetches if the user agreed."""
        try:
            tried = [*interpreters.candidates(), *interpreters.fetched(places.home())]
            return interpreters.choose(self._command, tried)
        except NoPython as problem:
            if problem.helper is None or not self._wanted.fetch:
                self.may_fetch = problem.helper is not None
                raise
            self.step.emit(0, 1, f"fetching Python {interpreters.FETCHED}")
            wheels = self._wanted.wheels
            offline = ["--no-index", "--find-links", str(wheels)] if wheels else []
            lock = places.locks() / "build.txt"
            return interpreters.fetch(self._command, problem.helper, places.home(), lock, offline)

    def _try_own(self) -> str | None:
        device = str(settings.DEVICE.get())
        command = [self.own, "-m", "engine.selftest", "--device", device]
        done = runtime.run_command(command, self._variables, {}, lambda line: None, self.isCanceled)
        if done.problem is None or done.stopped:
            return done.problem
        return tr("This Python cannot run the engine: {}").format(done.problem)

    def _command(
        self, command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
    ) -> tuple[int | None, str]:
        done = runtime.run_command(command, self._variables, variables, on_line, self.isCanceled)
        return done.code, done.stderr


class Assistant(QDialog):
    """Choose, see size and place, one button.

    Signals:
        changed: another Python runs the engine from now on.
        sample: open the sample scene.
    """

    changed = pyqtSignal()
    sample = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("ReSAM: environment"))
        self.task: BuildTask | None = None
        self.last_words: Callable[[], str] = str
        self._build()
        self.refresh()

    def accelerator(self) -> str | None:
        """cpu or cuda, or None for an interpreter of the user's own."""
        if self._own.isChecked():
            return None
        return "cuda" if self._cuda.isChecked() else "cpu"

    def refresh(self) -> None:
        """Say what is there, and what it would take."""
        record = environment.record(places.home())
        if settings.INTERPRETER.get():
            state = tr("In use: {}").format(settings.INTERPRETER.get())
        elif record is None:
            state = tr("The engine needs a Python environment of its own. QGIS itself is not changed.")
        elif environment.current(places.home()) is None:
            state = runtime.broken()
        elif builds.outdated():
            state = runtime.outdated()
        else:
            state = tr("The environment is ready ({}).").format(record["accelerator"])
        free = _free()
        needed = environment.ACCELERATORS.get(self.accelerator() or "", 0)
        size = tr("Takes {needed:g} GB of {free:.0f} GB free in {place}").format(
            needed=needed, free=free / 1e9, place=places.home()
        )
        self._state.setText(state)
        self._size.setText(size if needed else "")
        self._path.setEnabled(self._own.isChecked())
        self._wheels.setEnabled(not self._own.isChecked())
        self._index.setVisible(self._cuda.isChecked() and INDEX_NEEDED)
        self.go.setText(tr("Use it") if self._own.isChecked() else tr("Set up"))

    def begin(self, fetch: bool = False) -> None:
        """The one button; ``fetch``: the user lets uv fetch a Python."""
        self.say("")
        self._opening.hide()
        accelerator, index = self.accelerator(), ""
        if accelerator == "cuda" and INDEX_NEEDED:
            index = self._index.text().strip()
            if not index:
                self.say(tr("Name the index that offers PyTorch's CUDA build for this system."))
                return
        folder = Path(self._wheels.text().strip()) if self._wheels.text().strip() else None
        if folder is not None and not folder.is_dir():
            self.say(tr("No such folder: {}").format(folder))
            return
        own = self._path.text().strip()
        if accelerator is None:
            if not Path(own).is_file():
                self.say(tr("Name the program of that Python: “{}” is no file.").format(own))
                return
            self.say(tr("Testing…"))
        self.task = BuildTask(Wanted(accelerator, folder, own, index, fetch))
        self.task.step.connect(self._step)
        self.task.ended.connect(self._ended)
        self._meter = Meter(accelerator)
        self._busy(True)
        present(QgsApplication.taskManager()).addTask(self.task)

    def stop(self) -> None:
        """Cancel; what was downloaded is kept."""
        if self.task is not None:
            self.task.cancel()
            self.say(tr("Stopping…"))

    def say(self, text: str) -> None:
        """One line for the user."""
        self._said.setText(text)

    def remove(self) -> None:
        """Remove environment and downloads, after asking."""
        button = QMessageBox.StandardButton
        text = tr("Remove the environment? Adapters and settings stay.")
        if QMessageBox.question(self, "ReSAM", text, button.Yes | button.No) != button.Yes:
            return
        self.changed.emit()  # The worker ends first: its files are in use.
        try:
            with builds.only_build():
                left = environment.remove(places.home())
            settings.INTERPRETER.set("")
            self.say(_removed(left))
        except BuildError as problem:
            self.say(str(problem))
        self.refresh()

    def repair(self) -> None:
        """Build the environment again from the start."""
        if self.accelerator() is None:
            self.begin()
            return
        self.changed.emit()
        try:
            with builds.only_build():
                environment.remove(places.home(), downloads=False)
        except BuildError as problem:
            self.say(str(problem))
            return
        self.begin()

    def _step(self, done: int, total: int, text: str) -> None:
        self._doing = tr("Step {} of {}: {}").format(min(done + 1, total), total, sayings.step(text))
        self._show_progress()

    def _show_progress(self) -> None:
        """Bytes and time, now and twice a second."""
        share, text = self._meter.read(_free())
        self.progress.setValue(round(share * self.progress.maximum()))
        if self._doing:
            self.say(f"{self._doing}\n{text}")

    def _ended(self, problem: str | None) -> None:
        accelerator, task = self.accelerator(), present(self.task)
        self.task, self._doing = None, ""
        self._busy(False)
        self.progress.setValue(0 if problem else self.progress.maximum())
        self._opening.setVisible(problem is None)
        self.refresh()
        if problem is None and accelerator is None:
            settings.INTERPRETER.set(task.own)
            self.say(tr("It works; it is used from now on."))
            self.changed.emit()
        elif problem is None:
            settings.INTERPRETER.set("")
            settings.DEVICE.set("auto")
            self.say(tr("Ready: click the first object."))
            self.changed.emit()
        elif accelerator == "cuda" and "cuda" in problem.lower():
            self.say(problem)
            self._offer_cpu(problem)
        else:
            self.say(problem)
            if task.may_fetch:
                self._offer_python(problem)

    def _offer_python(self, problem: str) -> None:
        """No Python fits: nothing is fetched without the user's word."""
        button = QMessageBox.StandardButton
        text = tr("{}\n\nDownload Python {} (about {} MB) into {}? Nothing else on this machine changes.")
        version, size = interpreters.FETCHED, interpreters.FETCHED_MB
        asked = text.format(problem, version, size, places.home() / interpreters.PYTHONS)
        if QMessageBox.question(self, "ReSAM", asked, button.Yes | button.No) == button.Yes:
            self.begin(fetch=True)

    def _offer_cpu(self, problem: str) -> None:
        """The GPU was chosen but does not work: the user decides, nothing falls back silently."""
        button = QMessageBox.StandardButton
        text = tr("The GPU cannot be used: {}\n\nSet up for the processor instead?").format(problem)
        if QMessageBox.question(self, "ReSAM", text, button.Yes | button.No) == button.Yes:
            self._cpu.setChecked(True)
            self.begin()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        self._state, self._size, self._said = QLabel(), QLabel(), QLabel()
        self._cpu = QRadioButton(tr("For the processor (works everywhere)"))
        self._cuda = QRadioButton(tr("For an NVIDIA GPU (CUDA)"))
        self._own = QRadioButton(tr("A Python of my own that has the packages"))
        built = environment.record(places.home())
        (self._cuda if built is not None and built["accelerator"] == "cuda" else self._cpu).setChecked(True)
        self._path, self._wheels = QLineEdit(str(settings.INTERPRETER.get())), QLineEdit()
        self._wheels.setPlaceholderText(tr("Folder of wheels, to install without a network (optional)"))
        self._index = QLineEdit()
        self._index.setPlaceholderText(tr("Address of an index with PyTorch's CUDA build and its hashes"))
        self.progress = QProgressBar()
        self.progress.setMaximum(1000)
        self._doing, self._meter = "", Meter(None)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._show_progress)
        self.go, self.cancel = QPushButton(), QPushButton(tr("Cancel"))
        self.closing = QPushButton(tr("Close"))
        self._opening: QPushButton = QPushButton(tr("Open the sample scene"))
        self.closing.clicked.connect(lambda checked=False: self.close())
        self._opening.clicked.connect(self._open_sample)
        self._opening.hide()
        self.cancel.setEnabled(False)
        self.go.clicked.connect(lambda checked=False: self.begin())
        self.cancel.clicked.connect(self.stop)
        for button in (self._cpu, self._cuda, self._own):
            button.toggled.connect(self.refresh)
        for label in (self._state, self._size, self._said):
            label.setWordWrap(True)
        own = _line(self._path, _browse(lambda: self._choose(self._path, folder=False)))
        wheels = _line(self._wheels, _browse(lambda: self._choose(self._wheels, folder=True)))
        extra = []
        for text, work in (
            (tr("Repair"), self.repair),
            (tr("Remove"), self.remove),
            (tr("Copy diagnostics"), self._copy_diagnostics),
        ):
            button = QPushButton(text)
            button.clicked.connect(lambda checked=False, work=work: work())
            extra.append(button)
        self._idle_only = (self.go, *extra[:2], self._cpu, self._cuda, self._own)
        choices = (self._state, self._cpu, self._cuda, self._index, self._own, own, wheels, self._size)
        buttons = _line(self.go, self.cancel, self._opening, self.closing)
        for part in (*choices, self.progress, buttons, self._said, _line(*extra)):
            column.addWidget(part)
        self.resize(560, 360)

    def _busy(self, busy: bool) -> None:
        for part in self._idle_only:
            part.setEnabled(not busy)
        self.cancel.setEnabled(busy)
        self._clock.start(CLOCK_MS) if busy else self._clock.stop()

    def _open_sample(self) -> None:
        self.close()
        self.sample.emit()

    def _choose(self, field: QLineEdit, folder: bool) -> None:
        if folder:
            name = QFileDialog.getExistingDirectory(self, tr("Folder of wheels"))
        else:
            name, _ = QFileDialog.getOpenFileName(self, tr("Python"))
        if name:
            field.setText(name)

    def _copy_diagnostics(self) -> None:
        QApplication.clipboard().setText(diagnostics.report(self.last_words()))
        self.say(tr("Copied. Passwords and keys are left out."))


def _removed(left: Sequence[Path]) -> str:
    """What to say of a removal that left something of these folders."""
    if not left:
        return tr("Removed.")
    names = ", ".join(map(str, left))
    return tr("Some files could not be removed: delete {} when QGIS is closed.").format(names)


def _free() -> int:
    """Bytes that are free where the environment lies, or will lie."""
    there = next(path for path in (places.home(), *places.home().parents) if path.exists())
    return shutil.disk_usage(there).free


def _browse(work: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    button.setText("…")
    button.clicked.connect(lambda checked=False: work())
    return button


def _line(*parts: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part)
    return box
