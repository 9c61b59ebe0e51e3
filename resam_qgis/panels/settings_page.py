"""The page of what holds for all projects on this machine: device, threads, memory, disk, folders, models."""

from __future__ import annotations

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .. import places, settings
from ..dock import DOWNLOADED
from ..i18n import tr
from ..presence import present

MOST_THREADS, MOST_MB, MOST_GB = 256, 65_536, 1_000


class SettingsPage(QWidget):
    """Each change is kept at once; the engine starts anew with it.

    Signals:
        changed: the engine has to start anew.
        environment: open the assistant.
        fetching: download the weights of a model.
    """

    changed = pyqtSignal()
    environment = pyqtSignal()
    fetching = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column, form = QVBoxLayout(self), QFormLayout()
        self._numbers(form)
        self._folders(form)
        self._models(form)
        column.addLayout(form)
        self.setting_up = QPushButton(tr("Environment…"))
        self.setting_up.clicked.connect(lambda checked=False: self.environment.emit())
        column.addWidget(self.setting_up)
        column.addStretch()

    def _numbers(self, form: QFormLayout) -> None:
        self.device = QComboBox()
        self.device.addItems(places.schema().DEVICES)
        self.device.setCurrentText(str(settings.DEVICE.get()))
        self.device.currentTextChanged.connect(lambda text: self._keep(settings.DEVICE, text))
        form.addRow(tr("Device"), self.device)
        self.threads = QSpinBox()
        self.threads.setRange(0, MOST_THREADS)
        self.threads.setSpecialValueText(tr("all"))
        self.threads.setValue(int(settings.THREADS.get()))
        self.threads.valueChanged.connect(lambda value: self._keep(settings.THREADS, value))
        form.addRow(tr("Processor threads"), self.threads)
        self.memory = QSpinBox()
        self.memory.setRange(16, MOST_MB)
        self.memory.setSuffix(" MB")
        self.memory.setValue(int(settings.MEMORY_MB.get()))
        self.memory.valueChanged.connect(lambda value: self._keep(settings.MEMORY_MB, value))
        form.addRow(tr("Memory for raster blocks"), self.memory)
        self.cache = QDoubleSpinBox()
        self.cache.setRange(0, MOST_GB)
        self.cache.setSuffix(" GB")
        self.cache.setValue(float(settings.CACHE_GB.get()))
        self.cache.valueChanged.connect(lambda value: self._keep(settings.CACHE_GB, value))
        self.cache.setToolTip(tr("What was looked at once is kept on disk, up to this size"))
        form.addRow(tr("Disk for embeddings"), self.cache)

    def _folders(self, form: QFormLayout) -> None:
        self.embeddings = self._folder(settings.EMBEDDINGS)
        form.addRow(tr("Folder of embeddings"), self.embeddings)
        self.weights = self._folder(settings.WEIGHTS)
        form.addRow(tr("Folder of models"), self.weights)
        self.mirror = QLineEdit(str(settings.MIRROR.get()))
        self.mirror.setPlaceholderText(tr("the publisher's server"))
        self.mirror.editingFinished.connect(lambda: self._keep(settings.MIRROR, self.mirror.text().strip()))
        form.addRow(tr("Models come from"), self.mirror)
        home = QLabel(str(places.home()))
        home.setWordWrap(True)
        home.setToolTip(tr("Environment, adapters and clicks; administrators set it by RESAM_HOME"))
        form.addRow(tr("Data"), home)

    def _models(self, form: QFormLayout) -> None:
        self.models, self.fetch, self.progress = QComboBox(), QPushButton(tr("Download")), QProgressBar()
        self.models.addItems(sorted(DOWNLOADED))
        self.fetch.clicked.connect(lambda checked=False: self.fetching.emit(self.models.currentText()))
        self.progress.hide()
        row = QHBoxLayout()
        row.addWidget(self.models, 1)
        row.addWidget(self.fetch)
        form.addRow(tr("Model"), row)
        form.addRow("", self.progress)

    def show_progress(self, value: int) -> None:
        """How far a download is, in per cent; 100 is the end."""
        self.progress.setValue(value)
        self.progress.setVisible(value < 100)
        self.fetch.setEnabled(value >= 100)

    def _folder(self, setting: settings.Setting) -> QgsFileWidget:
        widget = QgsFileWidget()
        widget.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        widget.setFilePath(str(setting.get()))
        present(widget.lineEdit()).setPlaceholderText(tr("in the user's cache"))
        widget.fileChanged.connect(lambda path: self._keep(setting, path.strip()))
        return widget

    def _keep(self, setting: settings.Setting, value: str | int | float) -> None:
        if setting.get() != value:
            setting.set(value)
            self.changed.emit()
