"""The first-run assistant: where the engine's Python comes from, one button, and the way back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal
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

from . import diagnostics, environment, places, runtime, settings
from .i18n import tr
from .presence import present


class BuildTask(QgsTask):
    """Builds the environment, or tries a Python of the user's own, in the background.

    Signals, in the window's thread:
        step: steps done, steps in all, what is going on.
        ended: None after success, else one line that says why not.
    """

    step = pyqtSignal(int, int, str)
    ended = pyqtSignal(object)

    def __init__(self, accelerator: str | None, wheels: Path | None, own: str = "") -> None:
        super().__init__(tr("ReSAM: environment"), QgsTask.Flag.CanCancel)
        self._accelerator, self._wheels, self._own = accelerator, wheels, own
        self._problem: str | None = None

    def run(self) -> bool:
        """In a thread of its own."""
        try:
            if self._accelerator is None:
                self._try_own()
                return self._problem is None
            python = environment.choose_python(self._command)
            plan = plan_for(self._accelerator, python, self._wheels)
            environment.Builder(plan, self._command, self.step.emit, self.isCanceled).build()
        except Exception as problem:  # noqa: BLE001 - whatever went wrong must be told, not taken for success
            self._problem = str(problem) or type(problem).__name__
        return self._problem is None

    def finished(self, good: bool) -> None:
        """Back in the window's thread."""
        self.ended.emit(None if good else self._problem or tr("Cancelled; nothing was changed."))

    def _try_own(self) -> None:
        device = str(settings.DEVICE.get())
        command = [self._own, "-m", "engine.selftest", "--device", device]
        done = runtime.run_command(command, {}, lambda line: None, self.isCanceled)
        if done.problem is not None:
            self._problem = tr("This Python cannot run the engine: {}").format(done.problem)

    def _command(
        self, command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
    ) -> tuple[int | None, str]:
        done = runtime.run_command(command, variables, on_line, self.isCanceled)
        return done.code, done.stderr


def plan_for(accelerator: str, python: str, wheels: Path | None = None) -> environment.Plan:
    """A build of this version's environment in the user's folder."""
    return environment.Plan(places.home(), places.locks(), places.bundle(), accelerator, python, wheels)


class Assistant(QDialog):
    """Choose, see size and place, one button.

    Signals:
        changed: another Python runs the engine from now on.
    """

    changed = pyqtSignal()

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
            state = tr("The environment does not run any more: repair it.")
        elif environment.outdated(plan_for(record["accelerator"], "")):
            state = tr("The environment is from another version of the plugin: update it.")
        else:
            state = tr("The environment is ready ({}).").format(record["accelerator"])
        free = shutil.disk_usage(
            next(path for path in (places.home(), *places.home().parents) if path.exists())
        ).free
        needed = environment.ACCELERATORS.get(self.accelerator() or "", 0)
        size = tr("Takes {needed:g} GB of {free:.0f} GB free in {place}").format(
            needed=needed, free=free / 1e9, place=places.home()
        )
        self._state.setText(state)
        self._size.setText(size if needed else "")
        self._path.setEnabled(self._own.isChecked())
        self._wheels.setEnabled(not self._own.isChecked())
        self.go.setText(tr("Use it") if self._own.isChecked() else tr("Set up"))

    def begin(self) -> None:
        """The one button."""
        accelerator = self.accelerator()
        folder = Path(self._wheels.text().strip()) if self._wheels.text().strip() else None
        if folder is not None and not folder.is_dir():
            self.say(tr("No such folder: {}").format(folder))
            return
        self.task = BuildTask(accelerator, folder, self._path.text().strip())
        self.task.step.connect(self._step)
        self.task.ended.connect(self._ended)
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
            environment.remove(places.home())
            settings.INTERPRETER.set("")
            self.say(tr("Removed."))
        except environment.BuildError as problem:
            self.say(str(problem))
        self.refresh()

    def repair(self) -> None:
        """Build the environment again from the start."""
        if self.accelerator() is None:
            self.begin()
            return
        self.changed.emit()
        try:
            environment.remove(places.home(), downloads=False)
        except environment.BuildError as problem:
            self.say(str(problem))
            return
        self.begin()

    def _step(self, done: int, total: int, text: str) -> None:
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        self.say(text)

    def _ended(self, problem: str | None) -> None:
        accelerator = self.accelerator()
        self.task = None
        self._busy(False)
        if problem is None and accelerator is None:
            settings.INTERPRETER.set(self._path.text().strip())
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
        self.refresh()

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
        self.progress = QProgressBar()
        self.go, self.cancel = QPushButton(), QPushButton(tr("Cancel"))
        self.cancel.setEnabled(False)
        self.go.clicked.connect(self.begin)
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
        parts = (self._state, self._cpu, self._cuda, self._own, own, wheels, self._size, self.progress)
        for part in (*parts, _line(self.go, self.cancel), self._said, _line(*extra)):
            column.addWidget(part)
        self.resize(560, 360)

    def _busy(self, busy: bool) -> None:
        for part in self._idle_only:
            part.setEnabled(not busy)
        self.cancel.setEnabled(busy)

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
