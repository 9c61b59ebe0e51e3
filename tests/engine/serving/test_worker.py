"""The worker answers every request exactly once, whatever happens, and its polygons are those of segment."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box, mapping, shape

from engine import segment
from engine.errors import WeightsError
from engine.protocol import (
    VERSION,
    EventMessage,
    FailureMessage,
    Message,
    RequestMessage,
    ResultMessage,
    from_line,
    to_line,
)
from engine.serving.embeddings import EmbeddingStore
from engine.serving.request_handler import RequestHandler
from engine.serving.worker import Worker, main
from tests.engine.cli_scene import BOXES, GRID, arguments, fake, folder, outline
from tests.fakes import FakeSegmenter

__all__ = ["fake", "folder"]

ROOT = Path(__file__).resolve().parents[3]


class Talk:
    """A worker in a thread of this process, spoken to line by line."""

    def __init__(self, desk: RequestHandler, heartbeat: float = 60) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[Message] = queue.SimpleQueue()
        worker = Worker(desk, lambda line: self._said.put(from_line(line)), heartbeat)
        self.thread = threading.Thread(target=worker.serve, args=(self._iterate(),), daemon=True)
        self.thread.start()

    def _iterate(self) -> Iterator[str]:
        while (line := self._lines.get()) is not None:
            yield line

    def line(self, line: str) -> None:
        self._lines.put(line)

    def hear(self) -> Message:
        return self._said.get(timeout=20)

    def ask(self, number: int, method: str, **params: Any) -> Message:
        """Send a request and return its answer; events in between are dropped."""
        self.line(to_line(RequestMessage(number, method, params)))
        while isinstance(message := self.hear(), EventMessage):
            continue
        return message

    def end(self) -> None:
        self._lines.put(None)
        self.thread.join(timeout=20)


@pytest.fixture
def model() -> FakeSegmenter:
    return FakeSegmenter()


@pytest.fixture
def talk(model: FakeSegmenter, tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(RequestHandler(EmbeddingStore(tmp_path / "cache"), lambda *asked: model))
    hello = talk.hear()
    assert isinstance(hello, EventMessage)
    assert hello.fields["protocol"] == VERSION
    yield talk
    talk.end()
    assert not talk.thread.is_alive()


def clicked(number: int, label: int = 1) -> dict[str, Any]:
    """The request's object for one click in the middle of a box."""
    x0, y0, x1, y1 = BOXES[number]
    (x, y), *_ = GRID.to_world([((x0 + x1) / 2, (y0 + y1) / 2)])
    return {"id": number + 1, "points": [[x, y, label]], "box": None}


def raster(folder: Path) -> dict[str, Any]:
    return {"path": str(folder / "scene.tif")}


def test_a_click_becomes_the_polygon_that_segment_writes(
    talk: Talk, folder: Path, fake: FakeSegmenter
) -> None:
    answer = talk.ask(1, "ask", raster=raster(folder), objects=[clicked(n) for n in range(3)])
    assert isinstance(answer, ResultMessage), answer
    assert segment.main(arguments(folder, "out.gpkg", "--quiet")) == 0
    written = gpd.read_file(folder / "out.gpkg", layer="segments")
    for feature, saved in zip(answer.result["features"], written.geometry, strict=False):
        assert shape(feature["geometry"]).symmetric_difference(saved).area < 1e-6
        assert feature["status"] == "accepted"


def test_polygon_options_are_those_of_the_layer(talk: Talk, folder: Path) -> None:
    answer = talk.ask(1, "ask", raster=raster(folder), objects=[clicked(0)], polygons={"min_area_m2": 1e6})
    assert isinstance(answer, ResultMessage)
    assert answer.result["features"][0]["status"] == "rejected"


def test_an_answer_shares_the_border_of_a_neighbour_that_stands(talk: Talk, folder: Path) -> None:
    asked = {"raster": raster(folder), "objects": [clicked(0)], "polygons": {"simplify_px": 0}}
    alone = talk.ask(1, "ask", **asked)
    assert isinstance(alone, ResultMessage)
    before = shape(alone.result["features"][0]["geometry"])
    left, bottom, right, top = before.bounds
    pixel = GRID.pixel_size
    beside = box(right + pixel, bottom, right + 20 * pixel, top)
    above = box(left, top - pixel, right, top + 9 * pixel)
    near = talk.ask(2, "ask", **asked, neighbours=[mapping(beside), mapping(above)])
    assert isinstance(near, ResultMessage)
    found = shape(near.result["features"][0]["geometry"])
    assert found.intersection(beside).length > 0.85 * (top - bottom) > before.intersection(beside).length
    assert before.intersection(above).area > pixel**2
    assert found.intersection(above).area < 1e-9


def test_a_second_click_on_the_same_ground_needs_no_encoding_and_neither_does_tomorrow(
    talk: Talk, folder: Path, model: FakeSegmenter, tmp_path: Path
) -> None:
    talk.ask(1, "ask", raster=raster(folder), objects=[clicked(0)], fast=True)
    seen = len(model.encoded)
    talk.ask(2, "ask", raster=raster(folder), objects=[clicked(0), clicked(1)], fast=True)
    assert len(model.encoded) - seen <= 1
    again = FakeSegmenter()
    tomorrow = Talk(RequestHandler(EmbeddingStore(tmp_path / "cache"), lambda *asked: again))
    assert isinstance(
        tomorrow.ask(1, "ask", raster=raster(folder), objects=[clicked(0)], fast=True), ResultMessage
    )
    tomorrow.end()
    assert again.encoded == []


def test_preparing_embeds_what_a_click_there_will_need(
    talk: Talk, folder: Path, model: FakeSegmenter
) -> None:
    place = clicked(2)["points"][0][:2]
    first = talk.ask(1, "prepare", raster=raster(folder), places=[place, [0, 0]])
    assert isinstance(first, ResultMessage)
    assert first.result["embedded"] == 1
    seen = len(model.encoded)
    talk.ask(2, "ask", raster=raster(folder), objects=[clicked(2)], fast=True)
    assert len(model.encoded) == seen


def test_three_candidates_come_likeliest_first(talk: Talk, folder: Path) -> None:
    answer = talk.ask(1, "candidates", raster=raster(folder), object=clicked(0))
    assert isinstance(answer, ResultMessage)
    scores = [candidate["score"] for candidate in answer.result["candidates"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    best = shape(answer.result["candidates"][0]["geometry"])
    assert best.intersection(outline(BOXES[0])).area / best.union(outline(BOXES[0])).area > 0.9


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        ("dance", {}, "knows no 'dance'"),
        ("ask", {}, "'raster' must be an object"),
        ("ask", {"raster": {"path": "nowhere.tif"}, "objects": []}, "nowhere.tif"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_the_worker_goes_on(
    talk: Talk, method: str, params: dict[str, Any], said: str
) -> None:
    answer = talk.ask(1, method, **params)
    assert isinstance(answer, FailureMessage)
    assert (answer.id, answer.kind) == (1, "input")
    assert said in answer.message
    assert "\n" not in answer.message
    assert isinstance(talk.ask(2, "status"), ResultMessage)


def test_a_failure_carries_the_code_of_its_sentence(talk: Talk) -> None:
    answer = talk.ask(1, "ask", raster={"path": "nowhere.tif"}, objects=[])
    assert isinstance(answer, FailureMessage)
    assert (answer.code, answer.values) == ("raster-missing", {"path": "nowhere.tif"})


@pytest.mark.parametrize("label", [0, 1])
def test_objects_without_a_positive_click_or_off_the_raster_are_refused(
    talk: Talk, folder: Path, label: int
) -> None:
    wanted = clicked(0, label)
    if label:
        wanted["points"][0][0] += 1e6
    answer = talk.ask(1, "ask", raster=raster(folder), objects=[wanted])
    assert isinstance(answer, FailureMessage)
    assert "object 1" in answer.message


def test_a_fault_of_the_program_is_told_as_one_and_the_worker_goes_on(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*asked: object) -> FakeSegmenter:
        raise ZeroDivisionError("boom")

    talk = Talk(RequestHandler(EmbeddingStore(tmp_path / "c"), broken))
    answer = talk.ask(1, "load")
    assert isinstance(answer, FailureMessage)
    assert answer.kind == "internal"
    assert "boom" in answer.message
    assert "Traceback" in capfd.readouterr().err
    assert isinstance(talk.ask(2, "status"), ResultMessage)
    talk.end()


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_too_little_memory_is_the_users_business(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    def full() -> None:
        raise error

    model = FakeSegmenter()
    model.on_encode = full
    talk = Talk(RequestHandler(EmbeddingStore(tmp_path / "c"), lambda *asked: model))
    answer = talk.ask(1, "ask", raster=raster(folder), objects=[clicked(0)])
    assert isinstance(answer, FailureMessage)
    assert (answer.kind, answer.code) == ("input", "memory")
    assert capfd.readouterr().err == ""
    talk.end()


def test_missing_weights_are_the_users_business(tmp_path: Path) -> None:
    def missing(*asked: object) -> FakeSegmenter:
        raise WeightsError("fetch them first")

    talk = Talk(RequestHandler(EmbeddingStore(tmp_path / "c"), missing))
    answer = talk.ask(1, "load", model="sam_vit_b")
    assert isinstance(answer, FailureMessage)
    assert (answer.kind, answer.message) == ("input", "fetch them first")
    talk.end()


def test_a_running_request_can_be_cancelled_and_answers_once(
    talk: Talk, folder: Path, model: FakeSegmenter
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        assert go_on.wait(20)

    model.on_encode = wait
    places = [clicked(n)["points"][0][:2] for n in range(3)]
    talk.line(to_line(RequestMessage(7, "prepare", {"raster": raster(folder), "places": places})))
    assert started.wait(20)
    talk.line(to_line(RequestMessage(8, "cancel", {"request": 7})))
    talk.line(to_line(RequestMessage(9, "ping", {})))
    assert talk.hear() == ResultMessage(8, {"known": True})
    assert talk.hear() == ResultMessage(9, {"busy": 7})
    go_on.set()
    model.on_encode = lambda: None
    answer = talk.hear()
    assert isinstance(answer, FailureMessage)
    assert (answer.id, answer.kind) == (7, "cancelled")
    assert isinstance(talk.ask(10, "status"), ResultMessage)


@pytest.mark.parametrize("wanted", [None, "7", 99, [1]])
def test_cancelling_what_is_not_there_harms_nothing(talk: Talk, wanted: object) -> None:
    assert talk.ask(1, "cancel", request=wanted) == ResultMessage(1, {"known": False})
    assert isinstance(talk.ask(2, "status"), ResultMessage)


@pytest.mark.parametrize("line", ["garbage\n", "[]\n", '{"id": 1}\n', '{"id": 4, "result": {}}\n'])
def test_lines_out_of_form_are_answered_and_skipped(talk: Talk, line: str) -> None:
    talk.line(line)
    heard = talk.hear()
    assert isinstance(heard, FailureMessage)
    assert heard.kind == "protocol"
    assert isinstance(talk.ask(2, "status"), ResultMessage)


def test_a_request_that_is_too_long_fails_by_its_number(
    talk: Talk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.protocol.LINE_MAX", 1 << 20)
    coast = mapping(box(0, 0, 1, 1).segmentize(5e-5))
    answer = talk.ask(7, "ask", raster=raster(folder), objects=[clicked(0)], neighbours=[coast])
    assert isinstance(answer, FailureMessage)
    assert (answer.id, answer.kind) == (7, "protocol")
    assert "more than 1 MiB" in answer.message


def test_the_heart_beats(tmp_path: Path) -> None:
    talk = Talk(RequestHandler(EmbeddingStore(tmp_path)), heartbeat=0.05)
    talk.hear()
    beat = talk.hear()
    assert beat == EventMessage(None, "heartbeat", {"busy": None})
    talk.end()


def test_a_raster_that_changed_is_read_anew(talk: Talk, folder: Path, model: FakeSegmenter) -> None:
    talk.ask(1, "ask", raster=raster(folder), objects=[clicked(0)], fast=True)
    from tests.fakes import painted
    from tests.rasters import write_raster

    write_raster(folder / "scene.tif", painted((200, 240), [(BOXES[0], 150)]))
    os.utime(folder / "scene.tif", (1, 1))
    before = len(model.encoded)
    talk.ask(2, "ask", raster=raster(folder), objects=[clicked(0)], fast=True)
    assert len(model.encoded) == before + 1


@pytest.mark.parametrize("size", ["much", "-1"])
def test_a_limit_that_is_no_size_is_one_line(
    size: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESAM_EMBEDDINGS_GB", size)
    assert main() == 2
    assert capsys.readouterr().err.count("\n") == 1


# --- the real process -----------------------------------------------------------------------------------


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    code = (
        "import sys, os, engine.serving.worker as w\n"
        "plain = w.RequestHandler.about\n"
        "def noisy(desk):\n"
        "    print('a library prints this'); os.system('echo a child prints this')\n"
        "    return plain(desk)\n"
        "w.RequestHandler.about = noisy\n"
        "sys.exit(w.main())\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"RESAM_EMBEDDINGS": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
    )
    yield running
    running.kill()
    running.wait()


def exchange(running: subprocess.Popen[str], request: RequestMessage) -> Message:
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(to_line(request))
    running.stdin.flush()
    while isinstance(message := from_line(running.stdout.readline()), EventMessage):
        continue
    return message


def test_a_real_worker_answers_clicks_with_the_bundled_model(
    process: subprocess.Popen[str], folder: Path
) -> None:
    loaded = exchange(process, RequestMessage(1, "load", {"model": "nano", "device": "cpu"}))
    assert isinstance(loaded, ResultMessage)
    assert loaded.result["image_size"] == 512
    asked = {"raster": raster(folder), "objects": [clicked(0)], "device": "cpu"}
    answer = exchange(process, RequestMessage(2, "ask", asked))
    assert isinstance(answer, ResultMessage)
    assert answer.result["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert isinstance(exchange(process, RequestMessage(3, "shutdown", {})), ResultMessage)
    assert process.wait(20) == 0


@pytest.mark.parametrize("leave", ["close", "kill"])
def test_the_worker_goes_when_its_program_has_gone(
    process: subprocess.Popen[str], leave: str, tmp_path: Path
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    from_line(process.stdout.readline())
    if leave == "close":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    assert process.wait(20) is not None
