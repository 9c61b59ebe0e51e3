"""Runs of Processing that were stopped, and what the next one makes of them, in QGIS without a window."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import SCENE, Ear, Stage, points, run
from qgis.core import QgsProcessingException

__all__ = ["Stage"]

SECONDS = 60 * float(os.environ.get("RESAM_TEST_PATIENCE", "1"))


def check_a_run_that_was_killed_is_continued(stage):
    parameters = {"INPUT": SCENE, "POINTS": points(12), "SIMPLIFY": 0.5}
    whole = run("segmentpoints", **parameters, OUTPUT="memory:")
    runs = Path(os.environ["RESAM_HOME"]) / "runs"
    assert not any(runs.iterdir()), "a run that ended leaves nothing"
    ear = Ear()
    ear.killed = threading.Thread(target=kill_when_something_is_kept, args=(runs,))
    ear.killed.start()
    try:
        run("segmentpoints", ear, **parameters, OUTPUT="memory:")
    except QgsProcessingException:
        pass
    else:
        raise AssertionError("it was not killed")
    ear.killed.join()
    assert any(runs.rglob("signature.json"))
    ear = Ear()
    done = run("segmentpoints", ear, **parameters, RESUME=True, OUTPUT="memory:")
    assert " --resume" in ear.commands[0]
    shapes = [
        {feature["prompt_id"]: feature.geometry().asWkb() for feature in found["OUTPUT"].getFeatures()}
        for found in (whole, done)
    ]
    assert shapes[0] == shapes[1]
    assert not any(runs.iterdir())


def check_two_runs_at_the_same_time_have_a_folder_each(stage):
    from resam_qgis.runs import RunFolder

    with RunFolder(raster="scene.tif") as first:
        with RunFolder(raster="scene.tif") as second:
            assert first != second
        assert first.is_dir()
        assert not second.exists()
    assert not any(first.parent.iterdir())
    try:
        with RunFolder(raster="scene.tif") as stopped:
            (stopped / "found").write_text("")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    with RunFolder(raster="scene.tif") as again:
        assert (again / "found").exists(), "what a stopped one left is found again"


class Hasty(Ear):
    """Cancels when the first objects are done."""

    def setProgress(self, progress):
        if progress > 0:
            self.cancel()


def check_a_run_that_was_cancelled_keeps_what_it_found(stage):
    parameters = {"INPUT": SCENE, "POINTS": points(12), "SIMPLIFY": 0.25, "OUTPUT": "memory:"}
    try:
        run("segmentpoints", Hasty(), **parameters)
    except QgsProcessingException as problem:
        assert "ancel" in str(problem), problem
    else:
        raise AssertionError("it went on")
    ear = Ear()
    done = run("segmentpoints", ear, **parameters, RESUME=True)
    assert any(text.startswith("going on: ") for text in ear.texts), ear.texts
    assert done["OUTPUT"].featureCount() == 12


def kill_when_something_is_kept(runs):
    """SIGKILL to the engine once its run can be continued."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if any(runs.rglob("signature.json")):
            own = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            for number in own:
                if b"engine.segment" in Path(f"/proc/{number}/cmdline").read_bytes():
                    os.kill(int(number), signal.SIGKILL)
                    return
        time.sleep(0.005)
