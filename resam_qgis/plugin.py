"""The plugin as QGIS sees it: what it adds to the window, and takes away again."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsApplication, QgsSettings
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import Qt, QThread
from qgis.PyQt.QtGui import QIcon

from . import i18n, places
from .i18n import tr
from .parting import forget_threads
from .presence import present, project
from .provider import ResamProvider
from .qt import QAction
from .window import Window


class ResamPlugin:
    """Adds a toolbar button, a menu, a dock and a Processing provider."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._translator = i18n.install(str(QgsSettings().value("locale/userLocale", "en")))
        self._provider: ResamProvider | None = None
        self._actions: list[QAction] = []
        self.window: Window | None = None

    def initProcessing(self) -> None:  # noqa: N802 - the name that qgis_process calls
        """Add the algorithms alone, as for a process without a window."""
        self._provider = ResamProvider()
        present(QgsApplication.processingRegistry()).addProvider(self._provider)

    def initGui(self) -> None:  # noqa: N802 - the name that QGIS calls
        """Add everything to the window."""
        self.initProcessing()
        icon = QIcon(places.icon("resam"))
        show = self._action(icon, tr("ReSAM"), lambda: self._open().toggle())
        self._iface.addToolBarIcon(show)
        self._action(
            QIcon(places.icon("environment")), tr("Environment…"), lambda: self._open().environment()
        )
        self._action(QIcon(places.icon("sample")), tr("Open the sample scene"), lambda: self._open().sample())
        self._action(QIcon(places.icon("help")), tr("Help"), lambda: self._open().help())
        project().layersWillBeRemoved.connect(self._forget)

    def unload(self) -> None:
        """Take everything away again."""
        if present(QThread.currentThread()).loopLevel() == 0:
            forget_threads()  # No event loop any more: QGIS ends.
        if self._actions:
            project().layersWillBeRemoved.disconnect(self._forget)
            self._iface.removeToolBarIcon(self._actions[0])
        for action in self._actions:
            self._iface.removePluginRasterMenu(tr("ReSAM"), action)
            action.deleteLater()
        self._actions = []
        if self.window is not None:
            self.window.close()
            self.window = None
        if self._provider is not None:
            present(QgsApplication.processingRegistry()).removeProvider(self._provider)
            self._provider = None
        i18n.remove(self._translator)

    def _action(self, icon: QIcon, text: str, work: Callable[[], object]) -> QAction:
        action = QAction(icon, text, self._iface.mainWindow())
        action.triggered.connect(lambda checked=False: work())
        self._iface.addPluginToRasterMenu(tr("ReSAM"), action)
        self._actions.append(action)
        return action

    def _open(self) -> Window:
        if self.window is None:
            self.window = Window(self._iface)
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.window.dock)
            self.window.dock.hide()
        return self.window

    def _forget(self, layer_ids: list[str]) -> None:
        if self.window is not None:
            self.window.forget(layer_ids)
