"""Layers of a slow tile server: the window never stands still, limits hold, nothing is fetched twice."""

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from inside.pulse import Pulse
from inside.stage import FIXTURES, OBJECTS, Stage, ghost_of, settle, wait
from qgis.core import QgsApplication, QgsPointXY, QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt

__all__ = ["Stage"]

STALL_SECONDS = 0.1
HANDLED_SECONDS = 0.3
"""For a click with what follows at once: timers run also where a click waits in an event loop of its own."""
HALF = 80
"""Half the width of the view, in metres."""


class Server:
    """Where a slow server listens."""

    def __init__(self, port):
        self.port = port

    def layer(self, name="tiles"):
        url = f"http://127.0.0.1:{self.port}/%7Bz%7D/%7Bx%7D/%7By%7D.png"
        layer = QgsRasterLayer(f"type=xyz&url={url}&zmin=0&zmax=22", name, "wms")
        assert layer.isValid()
        QgsProject.instance().addMapLayer(layer)
        return layer

    def count(self):
        with urlopen(f"http://127.0.0.1:{self.port}/count") as answer:
            return int(answer.read())


@contextmanager
def slow_server(seconds):
    """A tile server that waits before every tile, in a process of its own."""
    script = Path(__file__).with_name("slow_tiles.py")
    command = [os.environ["RESAM_TEST_PYTHON"], str(script), str(FIXTURES / "tiles"), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Server(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


def looking_at(stage, layer, half=HALF):
    """Show the layer around the first object, the tool on and the model warm; the pixel of the object."""
    stage.show(layer)
    x, y = OBJECTS[0]["mercator"]
    stage.canvas.setExtent(QgsRectangle(x - half, y - half, x + half, y + half))
    stage.arm()
    wait(lambda: not stage.window.worker.busy)
    wait(lambda: not stage.canvas.isDrawing())
    settle(0.3)
    return stage.pixel_of(x, y, layer)


def renderings():
    """The pictures in the making."""
    return [task for task in QgsApplication.taskManager().activeTasks() if "picture" in task.description()]


def check_a_slow_server_never_holds_the_window_up(stage):
    with slow_server(1.0) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        started = time.monotonic()
        with Pulse() as pulse:
            before = pulse.now()
            stage.tap(pixel)
            handled = pulse.now() - before
            assert "tiles" in stage.said(), stage.said()
            stage.move(pixel + QPoint(40, 10))
            stage.answered()
        assert time.monotonic() - started > 1.0, "the server was not slow enough to show anything"
        assert handled < HANDLED_SECONDS, f"the click was handled for {handled:.3f} s"
        assert pulse.worst < STALL_SECONDS, f"{pulse.worst:.3f} s"
        assert ghost_of(stage).contains(QgsPointXY(*OBJECTS[0]["mercator"]))
        assert stage.said() == ""


def check_a_view_of_a_continent_is_fetched_within_limits(stage):
    with slow_server(0.05) as server:
        layer = server.layer()
        looking_at(stage, layer)
        stage.canvas.zoomScale(20_000_000)
        settle(0.3)
        wait(lambda: not stage.canvas.isDrawing())
        before, memory = server.count(), resident_mb()
        with Pulse() as pulse:
            stage.tap(stage.canvas.viewport().rect().center())
            stage.answered()
        assert stage.controller.source is not None, stage.said()
        assert pulse.worst < STALL_SECONDS, f"{pulse.worst:.3f} s"
        assert 0 < server.count() - before <= 512
        assert resident_mb() - memory < 500, resident_mb() - memory


def resident_mb():
    """Memory that this process holds, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1000


def check_clicks_too_far_apart_are_one_clear_line(stage):
    with slow_server(0.02) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        stage.tap(pixel)
        stage.answered()
        x, y = OBJECTS[0]["mercator"]
        stage.canvas.setCenter(QgsPointXY(x + 5000, y))
        settle(0.3)
        before = server.count()
        wait(lambda: not stage.canvas.isDrawing())
        stage.tap(pixel)
        stage.answered()
        assert "limits" in stage.said(), stage.said()
        assert "tiles" in stage.said()
        assert "\n" not in stage.said()
        assert server.count() - before < 60, "what the map itself shows, and no more"


def check_escape_and_the_task_list_cancel_a_picture(stage):
    with slow_server(2.0) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        stage.tap(pixel)
        wait(renderings)
        stage.press(Qt.Key.Key_Escape)
        wait(lambda: not renderings(), 2.0)
        assert not stage.controller.waiting
        stage.tap(pixel)
        wait(renderings)
        with Pulse() as pulse:
            renderings()[0].cancel()
            stage.answered()
        assert pulse.worst < STALL_SECONDS, f"{pulse.worst:.3f} s"
        assert "ancel" in stage.said(), stage.said()
        assert stage.controller.answer is None
        assert len(stage.controller.session.draft.clicks) == 1


def check_a_second_click_while_the_picture_comes_is_answered_too(stage):
    with slow_server(1.0) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        stage.tap(pixel)
        wait(renderings)
        stage.tap(pixel + QPoint(3, 3))
        stage.answered()
        assert stage.said() == "", stage.said()
        assert len(stage.controller.session.draft.clicks) == 2
        assert ghost_of(stage).contains(QgsPointXY(*OBJECTS[0]["mercator"]))


def check_a_click_right_after_escape_is_answered(stage):
    with slow_server(1.0) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        stage.tap(pixel)
        wait(renderings)
        stage.press(Qt.Key.Key_Escape)
        stage.tap(pixel)
        stage.answered()
        assert stage.said() == "", stage.said()
        assert ghost_of(stage).contains(QgsPointXY(*OBJECTS[0]["mercator"]))


def silent(server):
    """How many tiles were asked for, once the canvas, which fetches beyond its edge, asks for no more."""
    before = -1
    while server.count() != before:
        before = server.count()
        settle(1.0)
    return before


def check_the_same_ground_is_fetched_once(stage):
    with slow_server(0.05) as server:
        layer = server.layer()
        pixel = looking_at(stage, layer)
        stage.tap(pixel)
        stage.answered()
        first, count = stage.controller.source.path, silent(server)
        stage.press(Qt.Key.Key_Escape)
        stage.tap(pixel + QPoint(60, 20))
        stage.answered()
        assert stage.controller.source.path == first
        assert server.count() == count
        stage.press(Qt.Key.Key_Escape)
        stage.canvas.zoomByFactor(0.25)
        settle(0.3)
        wait(lambda: not stage.canvas.isDrawing())
        stage.tap(stage.pixel_of(*OBJECTS[0]["mercator"], layer))
        stage.answered()
        assert stage.controller.source.path != first, "closer up, it is rendered again"
        stage.press(Qt.Key.Key_Escape)
        stage.canvas.zoomByFactor(4.0)
        settle(0.3)
        wait(lambda: not stage.canvas.isDrawing())
        count = silent(server)
        stage.tap(pixel)
        stage.answered()
        assert stage.controller.source.path == first
        assert server.count() == count


def check_objects_entered_while_the_picture_comes_are_all_found(stage):
    with slow_server(1.0) as server:
        layer = server.layer()
        out = stage.output("from tiles.gpkg")
        looking_at(stage, layer)
        for item in OBJECTS[:3]:
            stage.tap(stage.pixel_of(*item["mercator"], layer))
            stage.press(Qt.Key.Key_Return)
        assert len(renderings()) == 1
        wait(lambda: out.featureCount() == 3)
        found = [feature.geometry() for feature in out.getFeatures()]
        for item in OBJECTS[:3]:
            assert any(shape.contains(QgsPointXY(*item["mercator"])) for shape in found)


def check_a_server_that_is_gone_is_one_clear_line(stage):
    with slow_server(0.0) as server:
        layer = server.layer("a service")
        pixel = looking_at(stage, layer, half=HALF * 3)
    stage.canvas.zoomByFactor(0.3)
    settle(0.5)
    stage.tap(pixel)
    stage.answered()
    assert "a service" in stage.said(), stage.said()
    assert "\n" not in stage.said()
