"""Everything of the plugin that lives in QGIS's window, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qgis.core import Qgis, QgsPointXY, QgsRasterLayer, QgsRectangle, QgsVectorLayer
from qgis.gui import QgisInterface, QgsMapTool, QgsMessageBarItem
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QPushButton

from . import builds, environment, layers, places, remote, rendering, runtime, settings
from .assistant import Assistant
from .batch import Batch
from .classes import ClassList
from .command_copy import CommandCopy
from .controller import Controller
from .costs import SMALL
from .dock import Dock
from .downloads import Downloads
from .editor import PolygonEditor
from .heat import Heat
from .i18n import tr
from .keeper import Keeper
from .map_tool import ClickTool
from .panels.adapt import AdaptPanel
from .panels.batch_page import BatchPage
from .panels.find import FindPanel
from .panels.review import ReviewPanel
from .panels.settings_page import SettingsPage
from .panels.steps import StepsPanel
from .panels.tall_page import TallPage
from .presence import present, project
from .worker_client import WorkerClient

OURS = "resam"
"""Property of what the plugin has put into the message bar."""


class Window:
    """Dock, map tool, controller and worker, connected with each other."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        canvas = present(iface.mapCanvas())
        self.worker = WorkerClient()
        self.controller = Controller(canvas, self.worker)
        self.classes = ClassList()
        self.classes.read(str(settings.CLASSES.get()))
        self.dock = Dock(self.classes, iface.mainWindow())
        self.tool = ClickTool(canvas)
        self.controller.target = self.dock.target
        self.controller.layer_chosen = self.dock.chosen_output
        self.controller.class_values = self.classes.values_of
        self.downloads, self.command_copy = Downloads(self.dock), CommandCopy(self.controller)
        self._told_slow: set[str] = set()
        self._starting = ""
        builds.tidy()
        rendering.forget_old(places.rendered())
        self.adapting = AdaptPanel(self.controller)
        self.finding = FindPanel(self.controller, canvas, self.classes.values_of)
        self.review = ReviewPanel(self.controller, canvas)
        self.batch = Batch()
        self.batch_page = BatchPage(self.controller, self.batch)
        self.settings_page = SettingsPage()
        self.steps = StepsPanel()
        self.assistant: Assistant | None = None
        for page, title, sign in (
            (self.adapting, tr("Adapt"), ""),
            (TallPage(self.finding), tr("Find"), ""),
            (self.review, tr("Review"), ""),
            (TallPage(self.batch_page), tr("Batch"), ""),
            (self.settings_page, tr("Settings"), "⚙"),
            (self.steps, tr("Help"), "?"),
        ):
            self.dock.add_page(page, title, sign)
        self.heat = Heat(self.controller, canvas)
        self.editor = PolygonEditor(canvas, self.controller, self.dock.chosen_output)
        self._connect()
        self.keeper = Keeper(self.controller, self.dock, self.classes)
        self.keeper.message.connect(self._message)
        self.controller.choose(self.dock.choice())
        if count := self.batch.unfinished + len(self.batch.unmerged):
            text = tr("{} runs of the queue are unfinished.").format(count)
            self._offer(text, tr("Continue"), self.batch.resume)

    def toggle(self) -> None:
        """Show the dock, or hide it; the first time, the assistant asks where Python comes from."""
        showing = not self.dock.isUserVisible()
        self.dock.setUserVisible(showing)
        if not showing or settings.INTERPRETER.get():
            return
        if environment.current(places.home()) is None:
            self.environment()
        elif builds.outdated():
            self._offer(runtime.outdated(), tr("Set up…"), self.environment)

    def environment(self) -> None:
        """Open the assistant."""
        if self.assistant is None:
            self.assistant = Assistant(self._iface.mainWindow())
            self.assistant.changed.connect(self._engine_changed)
            self.assistant.changed.connect(self._forget_message)
            self.assistant.sample.connect(self.sample)
            self.assistant.last_words = lambda: self.worker.stderr
        self.assistant.refresh()
        self.assistant.show()

    def _connect(self) -> None:
        tool, controller, dock = self.tool, self.controller, self.dock
        editor = self.editor
        tool.clicked.connect(self._clicked)
        tool.boxed.connect(self._boxed)
        tool.hovered.connect(self._hovered)
        tool.accepted.connect(self._accept)
        tool.undone.connect(self._undo)
        tool.cleared.connect(self._clear)
        dock.edits.picked.connect(self._edit)
        editor.mode_changed.connect(dock.edits.show_mode)
        tool.switched.connect(controller.switch)
        tool.left.connect(controller.unhover)
        tool.left.connect(self._left)
        dock.accept.clicked.connect(self._accept)
        dock.undo.clicked.connect(self._undo)
        dock.clear.clicked.connect(self._clear)
        dock.chosen.connect(self._chosen)
        dock.class_chosen.connect(controller.reclass)
        dock.armed.connect(self._arm)
        dock.command.clicked.connect(self.command_copy.copy)
        self.downloads.ready.connect(controller.refresh)
        self.adapting.adapted.connect(self._adapted)
        self.review.fixing.connect(self._fixing)
        self.settings_page.changed.connect(self._engine_changed)
        self.settings_page.environment.connect(self.environment)
        self.settings_page.fetching.connect(self.downloads.fetch)
        self.downloads.progressed.connect(self.settings_page.show_progress)
        controller.elsewhere.connect(self._offer_raster)
        controller.costs.changed.connect(self._cost_changed)
        self.steps.sample.connect(self.sample)
        self.steps.manual.connect(self.help)
        self._connect_messages()
        controller.changed.connect(self._show)
        controller.finished.connect(self._finished)
        tool.picked.connect(dock.classes.pick)
        self.worker.state_changed.connect(self._worker_state)
        for signal in (project().layersAdded, project().layersRemoved):
            signal.connect(self._layers_changed)
        project().layersRemoved.connect(controller.drop_sessions)
        present(self._iface.mapCanvas()).mapToolSet.connect(self._tool_set)
        present(self._iface.mapCanvas()).destinationCrsChanged.connect(controller.redraw)

    def _connect_messages(self) -> None:
        """What every part says goes into the dock and the message bar."""
        pages = (self.adapting, self.finding, self.review, self.batch_page)
        others = (self.controller, self.dock, self.editor, self.heat, self.command_copy, self.downloads)
        for part in (*pages, *others):
            part.message.connect(self._message)
        for line in (self.adapting.verdict, self.finding.said, self.review.suggestions.said):
            line.environment.connect(self.environment)
        self.finding.found.reviewing.connect(self._review_finds)
        self.dock.heat.box.toggled.connect(self.heat.switch)
        self.heat.said.connect(self.dock.heat.say)
        self.dock.chosen.connect(self.heat.refresh)

    def forget(self, layer_ids: list[str]) -> None:
        """Layers leave the project; QGIS's boxes choose others afterwards, which may be among these."""
        self.keeper.leaving(layer_ids)
        self.dock.classes.tally.forget(layer_ids)
        self.editor.forget(layer_ids)
        self.controller.forget(layer_ids)

    def close(self) -> None:
        """Take everything away."""
        self.keeper.close()
        self.dock.classes.tally.watch(None)
        canvas = present(self._iface.mapCanvas())
        canvas.mapToolSet.disconnect(self._tool_set)
        canvas.destinationCrsChanged.disconnect(self.controller.redraw)
        for signal in (project().layersAdded, project().layersRemoved):
            signal.disconnect(self._layers_changed)
        project().layersRemoved.disconnect(self.controller.drop_sessions)
        if canvas.mapTool() is self.tool:
            canvas.unsetMapTool(self.tool)
        self.tool.discard()
        self.editor.discard()
        self.controller.close()
        self.worker.stop()
        self.adapting.close_tasks()
        self.finding.close_tasks()
        self.review.close_tasks()
        self.batch_page.close_tasks()
        self.review.discard()
        self.heat.discard()
        self.downloads.close()
        if self.assistant is not None:
            self.assistant.stop()
            self.assistant.close()
            self.assistant.deleteLater()
        self._message("", problem=False)
        self._iface.removeDockWidget(self.dock)
        self.dock.deleteLater()

    # Methods, not lambdas: QGIS may still call a lambda of a window that is gone.
    def _chosen(self) -> None:
        self.controller.choose(self.dock.choice())
        self.dock.show_cost(self.controller.costs.seconds(self.dock.choice().model))

    def _hovered(self, place: QgsPointXY) -> None:
        self.controller.unhover() if self.editor.mode else self.controller.hover(place)

    def _fixing(self) -> None:
        self._arm(True)

    def _finished(self, name: str, fixed: bool) -> None:
        self.classes.add(name)

    def _forget_message(self) -> None:
        self._message("", problem=False)

    def _clicked(self, place: QgsPointXY, positive: bool) -> None:
        """A click in the map: on a polygon that is there, or of the object at hand."""
        self.editor.click(place) if self.editor.mode else self.controller.click(place, positive)

    def _boxed(self, rectangle: QgsRectangle) -> None:
        """A box is of the object at hand; while polygons are edited it means nothing."""
        if not self.editor.mode:
            self.controller.box(rectangle)

    def _accept(self) -> None:
        if self.controller.session.draft.empty and not self.editor.mode and self.review.takes_enter:
            self.review.accept()
        else:
            self.editor.accept() if self.editor.mode else self.controller.accept()

    def _review_finds(self, layer: QgsVectorLayer) -> None:
        """From the page of finds to the review of them."""
        self.dock.tabs.setCurrentWidget(self.review)
        self.review.open(layer)

    def _clear(self) -> None:
        self.editor.clear() if self.editor.mode else self.controller.clear()

    def _undo(self) -> None:
        """What is shown of an edit goes first, then clicks, then steps of the layer."""
        self.editor.clear() if self.editor.at_hand else self.controller.undo()

    def _left(self) -> None:
        """Another map tool was chosen: clicks edit nothing any more."""
        if self.editor.mode:
            self.editor.set_mode("")

    def _edit(self, mode: str) -> None:
        """A button for editing was pressed or released."""
        if mode:
            self._arm(True)
        self.editor.set_mode(mode)

    def sample(self) -> None:
        """Open the scene that comes with the plugin."""
        path = places.PLUGIN / "sample" / "scene.tif"
        layer = QgsRasterLayer(str(path), tr("ReSAM sample scene"))
        project().addMapLayer(layer)
        self._iface.setActiveLayer(layer)
        self._iface.zoomToActiveLayer()
        self.dock.setUserVisible(True)
        self.dock.layers.setLayer(layer)

    def help(self) -> None:
        """Open the manual."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(places.PLUGIN / "help" / "index.html")))

    def _message(self, text: str, problem: bool) -> None:
        """One line in the dock; a problem also in QGIS's message bar, until another line takes its place."""
        refusal, text = text, remote.reason(text)
        self.dock.say(text, problem)
        bar = present(self._iface.messageBar())
        for item in bar.items():
            if item.property(OURS):
                bar.popWidget(item)
        if problem and text:
            item = present(bar.createMessage("ReSAM", text))
            item.setProperty(OURS, True)
            if remote.is_refusal(refusal):
                self._offer_remote(item, refusal)
            if runtime.environment_is_missing(text):
                button = QPushButton(tr("Set up…"))
                button.clicked.connect(lambda checked=False: self.environment())
                present(item.layout()).addWidget(button)
            bar.pushWidget(item, Qgis.MessageLevel.Warning)

    def _offer_remote(self, item: QgsMessageBarItem, refusal: str) -> None:
        """A button with which the raster that was refused, chosen or not, may lead to the network."""
        path = _refused_raster(refusal)
        if not path:
            return

        def allow() -> None:
            remote.allow(path)
            self._message("", problem=False)
            self.controller.refresh()

        button = QPushButton(tr("Allow"))
        button.setToolTip(tr("Only if you trust whoever made this file. It holds until QGIS is closed."))
        button.clicked.connect(allow)
        present(item.layout()).addWidget(button)

    def _offer(self, text: str, button: str, work: Callable[[], object]) -> None:
        """A line in the message bar with a way out; another line takes its place."""
        self._message(text, problem=True)
        item = present(present(self._iface.messageBar()).currentItem())
        way = QPushButton(button)

        def go() -> None:
            self._message("", problem=False)
            work()

        way.clicked.connect(lambda checked=False: go())
        present(item.layout()).addWidget(way)

    def _offer_raster(self, layer_id: str, place: QgsPointXY) -> None:
        """A click lies beside the chosen raster, on another one."""
        layer, chosen = project().mapLayer(layer_id), self.dock.raster()
        if layer is None or chosen is None:
            return

        def switch() -> None:
            other = project().mapLayer(layer_id)  # It may be gone by now.
            if other is not None:
                self.dock.layers.setLayer(other)
                self.controller.click(place, positive=True)

        text = tr("This place lies beside the raster “{}”, on “{}”.").format(chosen.name(), layer.name())
        self._offer(text, tr("Click on “{}”").format(layer.name()), switch)

    def _cost_changed(self, model: str) -> None:
        """A click was measured; warns once about a slow model and offers a faster one."""
        seconds = self.controller.costs.seconds(model)
        self.dock.show_cost(seconds)
        if self.controller.costs.is_slow(model) and model not in self._told_slow:
            self._told_slow.add(model)
            text = tr("A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.")
            self._offer(text.format(model, seconds), tr("Use MobileSAM"), lambda: self.dock.use(SMALL, ""))

    def _engine_changed(self) -> None:
        """Other settings of the engine: it starts anew with them."""
        self.worker.stop()
        self.dock.chosen.emit()

    def _worker_state(self, state: str, text: str) -> None:
        """What the worker says covers nothing else, save a crash; once it is ready, that holds no more."""
        if state == "crashed":
            self._message(text, problem=True)
        elif state == "starting" and not self.dock.said:
            self._starting = text
            self._message(text, problem=False)
        elif state == "ready" and self.dock.said == self._starting:
            self._message("", problem=False)

    def _layers_changed(self, *_: object) -> None:
        self.dock.layers_changed()

    def _adapted(self, folder: str) -> None:
        self.dock.refresh_adapters(folder)
        self.dock.chosen.emit()

    def _arm(self, active: bool) -> None:
        canvas = present(self._iface.mapCanvas())
        if active:
            canvas.setMapTool(self.tool)
            self.controller.warm_up()
        elif canvas.mapTool() is self.tool:
            canvas.unsetMapTool(self.tool)

    def _tool_set(self, new: QgsMapTool | None, old: QgsMapTool | None = None) -> None:
        self.dock.arm(new is self.tool)

    def _show(self) -> None:
        controller = self.controller
        place, count = controller.shown, len(controller.candidates)
        at_hand = not controller.session.draft.empty
        self.dock.show_answer(controller.answer, place, count, controller.waiting, at_hand)
        self.dock.show_waiting(controller.entered.waiting)


def _refused_raster(refusal: str) -> str:
    """The file of the project's raster that a refusal is about; empty if it is about none of them."""
    for layer in project().mapLayers().values():
        if isinstance(layer, QgsRasterLayer) and layers.has_file(layer):
            with suppress(layers.Unusable):
                path = layers.file_source(layer).path
                if refusal.startswith(f"{Path(path)}: "):  # The engine's way to write it.
                    return path
    return ""
