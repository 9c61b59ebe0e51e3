"""The page on which many rasters and layers are queued: what to read, where results go, how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from qgis.core import QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .. import enums, layers, places, styles
from ..batch import DONE, FAILED, MERGED, RUNNING, WAITING, Batch, Entry
from ..controller import Controller
from ..i18n import tr
from ..presence import present, project

SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2", ".img", ".png", ".jpg", ".jpeg", ".asc", ".nc")
"""Files that are taken for rasters in a folder."""
ROWS = 5
"""Lines of each list that are seen at once, about."""
DATA = Qt.ItemDataRole.UserRole


class BatchPage(QWidget):
    """Every chosen raster with every chosen layer of points, with the settings of the first page.

    Signals:
        message: a line for the user, and whether it is a problem.
    """

    message = pyqtSignal(str, bool)

    def __init__(self, controller: Controller, batch: Batch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller, self._batch = controller, batch
        self.rasters, self.points, self.queue = (_list() for _ in range(3))
        self.queue.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.merge = QCheckBox(tr("One merged layer besides"))
        self.progress = QProgressBar()
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._build()
        for signal in (project().layersAdded, project().layersRemoved):
            signal.connect(self.refresh)
        batch.changed.connect(self._show)
        batch.progressed.connect(self.progress.setValue)
        batch.finished.connect(self._finished)
        batch.merged.connect(self._merged)
        self.refresh()
        self._show()

    def close_tasks(self) -> None:
        """The plugin is unloaded."""
        for signal in (project().layersAdded, project().layersRemoved):
            signal.disconnect(self.refresh)
        self._batch.close()

    def refresh(self, *_: object) -> None:
        """Offer what is in the project now; what was checked stays so."""
        every = list(project().mapLayers().values())
        rasters = [layer for layer in every if isinstance(layer, QgsRasterLayer) and layers.has_file(layer)]
        points = [
            layer
            for layer in every
            if isinstance(layer, QgsVectorLayer) and layer.geometryType() == enums.POINT
        ]
        known = [(item.data(DATA), item.checkState()) for item in _items(self.rasters)]
        _fill(self.rasters, [(layer.name(), layer.id()) for layer in rasters])
        for path, state in known:
            if isinstance(path, Path):
                _add(self.rasters, path.name, path, state)
        _fill(self.points, [(layer.name(), layer.id()) for layer in points])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The page is open: where results go that no folder was chosen for stands there in grey."""
        super().showEvent(event)
        present(self.folder.lineEdit()).setPlaceholderText(str(_usual_folder()))

    def choose_folder(self) -> None:
        """Ask for a folder of rasters."""
        name = QFileDialog.getExistingDirectory(self, tr("Folder of rasters"))
        if name:
            self.add_folder(Path(name))

    def add_folder(self, folder: Path) -> None:
        """All rasters of a folder, checked."""
        known = {item.data(DATA) for item in _items(self.rasters)}
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        for path in found:
            if path not in known:
                _add(self.rasters, path.name, path, Qt.CheckState.Checked)
        if not found:
            self.message.emit(tr("{} holds no rasters.").format(folder), True)
        elif not self.folder.filePath():
            self.folder.setFilePath(str(folder))

    def enqueue(self) -> None:
        """Every checked raster with every checked layer of points becomes a run."""
        try:
            entries = self._entries()
        except layers.Unusable as problem:
            self.message.emit(str(problem), True)
            return
        self.message.emit("", False)
        self._batch.add(entries)

    def _entries(self) -> list[Entry]:
        """Unusable if something is missing, or cannot be read by another process."""
        rasters = [self._source(item.data(DATA)) for item in _checked(self.rasters)]
        points = [self._saved(item.data(DATA)) for item in _checked(self.points)]
        if not rasters or not points:
            raise layers.Unusable(tr("Check at least one raster and one layer of points."))
        folder = Path(self.folder.filePath() or _usual_folder())
        if not folder.is_dir():
            raise layers.Unusable(tr("Choose a folder that is there for the results."))
        merged = str(self._batch.free_file(folder, Path(MERGED).stem)) if self.merge.isChecked() else ""
        taken: list[Entry] = []
        for raster_name, source in rasters:
            for points_name, file in points:
                name = f"{raster_name}_{points_name}" if len(points) > 1 else raster_name
                taken.append(self._entry(name, source, file, folder, merged, taken))
        return taken

    def _entry(
        self,
        name: str,
        source: layers.RasterInput,
        file: tuple[Path, str],
        folder: Path,
        merged: str,
        taken: list[Entry],
    ) -> Entry:
        out = self._batch.free_file(folder, f"{places.file_name(name)}_segments", taken)
        found = {"points": file[0], "points_layer": file[1], "out": out, "resume": True}
        options = {**source.options(), **self._controller.choice.options(), **found, "allow_remote": False}
        return Entry(name, places.schema().command("segment", **options), str(out), merged)

    def _source(self, wanted: str | Path) -> tuple[str, layers.RasterInput]:
        if isinstance(wanted, Path):
            return wanted.stem, layers.RasterInput(str(wanted), (), None, project().crs())
        layer, choice = project().mapLayer(wanted), self._controller.choice
        raster = layer if isinstance(layer, QgsRasterLayer) else None
        bands = choice.bands if raster is choice.layer else ()
        return present(layer).name(), layers.file_source(raster, bands)

    def _saved(self, layer_id: str) -> tuple[str, tuple[Path, str]]:
        layer = present(
            cast("QgsVectorLayer | None", project().mapLayer(layer_id))
        )  # Others are not offered.
        file = layers.saved_file(layer)
        if file is None:
            raise layers.Unusable(layers.unsaved(layer))
        return layer.name(), file

    def toggle(self) -> None:
        """Pause, or go on."""
        self._batch.resume() if self._batch.paused else self._batch.pause()

    def remove_selected(self) -> None:
        """Take the selected runs out, or without a selection those that are done and need no merging."""
        chosen = [item.data(DATA) for item in self.queue.selectedItems()]
        done = [entry for entry in self._batch.entries if entry.state == DONE and not entry.merged]
        self._batch.remove(chosen or done)

    def _show(self) -> None:
        words = {WAITING: tr("waits"), RUNNING: tr("runs"), DONE: tr("done"), FAILED: tr("failed")}
        selected = [item.data(DATA) for item in self.queue.selectedItems()]
        self.queue.clear()
        for row, entry in enumerate(self._batch.entries):
            text = f"{entry.title}: {words.get(entry.state, entry.state)}"
            _add(self.queue, f"{text} — {entry.problem}" if entry.problem else text, entry)
            present(self.queue.item(row)).setSelected(any(entry is one for one in selected))
        done = sum(entry.state == DONE for entry in self._batch.entries)
        self._said.setText(tr("{} of {} done").format(done, len(self._batch.entries)))
        self.pausing.setText(tr("Continue") if self._batch.paused else tr("Pause"))
        self.pausing.setEnabled(bool(self._batch.unfinished or self._batch.unmerged))
        self.again.setEnabled(any(entry.state == FAILED for entry in self._batch.entries))
        if self._batch.running is None:
            self.progress.setValue(0)

    def _finished(self, out: str) -> None:
        _open(f"{out}|layername={places.schema().SEGMENTS}", Path(out).stem)

    def _merged(self, path: str, problem: str) -> None:
        if path:
            _open(path, Path(path).stem)
        else:
            self.message.emit(problem, True)

    def _build(self) -> None:
        column, grid = QVBoxLayout(self), QGridLayout()
        browse = QPushButton(tr("Folder of rasters"))
        browse.clicked.connect(self.choose_folder)
        self.start = QPushButton(tr("Add to the queue"))
        self.start.clicked.connect(self.enqueue)
        self.pausing, self.again = QPushButton(), QPushButton(tr("Try again"))
        self.pausing.clicked.connect(self.toggle)
        self.again.clicked.connect(self._batch.retry)
        self.removing = QPushButton(tr("Remove"))
        self.removing.setToolTip(tr("The selected runs, or those that are done"))
        self.removing.clicked.connect(self.remove_selected)
        for place, button in enumerate((self.pausing, self.again, self.removing)):
            grid.addWidget(button, 0, place)
        headed = ((tr("Rasters"), self.rasters), (tr("Points"), self.points))
        for text, box in headed:
            column.addWidget(QLabel(text))
            column.addWidget(box)
            if box is self.rasters:
                column.addWidget(browse)
        column.addWidget(QLabel(tr("Results go to")))
        for part in (self.folder, self.merge, self.start, self.queue, self._said, self.progress):
            column.addWidget(part)
        column.addLayout(grid)
        column.addStretch()


def _list() -> QListWidget:
    box = QListWidget()
    box.setFixedHeight((ROWS + 1) * box.fontMetrics().height())
    return box


def _items(box: QListWidget) -> list[QListWidgetItem]:
    return [present(box.item(row)) for row in range(box.count())]


def _checked(box: QListWidget) -> list[QListWidgetItem]:
    return [item for item in _items(box) if item.checkState() == Qt.CheckState.Checked]


def _add(box: QListWidget, text: str, data: object, state: Qt.CheckState | None = None) -> None:
    item = QListWidgetItem(text)
    item.setData(DATA, data)
    item.setToolTip(text)
    if state is not None:
        item.setCheckState(state)
    box.addItem(item)


def _fill(box: QListWidget, rows: list[tuple[str, str]]) -> None:
    """Offer other rows; what was checked by its id stays so."""
    checked = {item.data(DATA) for item in _checked(box)}
    box.clear()
    for text, identity in rows:
        _add(box, text, identity, Qt.CheckState.Checked if identity in checked else Qt.CheckState.Unchecked)


def _open(source: str, name: str) -> None:
    """Show what a run made."""
    layer = QgsVectorLayer(source, name, "ogr")
    styles.outlines_by_score(layer)
    project().addMapLayer(layer)


def _usual_folder() -> Path:
    """Where results go without a word of the user: beside the project."""
    return Path(project().homePath() or Path.home())
