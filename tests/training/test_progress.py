"""Workers say what they are doing, and the process that started them hears it."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future

import pytest

from engine.errors import ModelError
from training import progress
from training.results import run_all


def spoken(number: int) -> int:
    progress.say(f"task {number}")
    return os.getpid()


def killed(number: int) -> None:
    progress.say("about to die")
    time.sleep(0.5)  # The sentence leaves by a thread.
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_processes_say_is_heard_while_they_run() -> None:
    heard: list[str] = []
    pids: list[int] = []

    def done(task: int, future: Future[int]) -> None:
        pids.append(future.result())

    run_all(spoken, [1, 2, 3], 1, done, heard.append)
    assert heard == ["task 1", "task 2", "task 3"]
    assert os.getpid() not in pids


def test_a_killed_process_does_not_keep_the_listener_waiting() -> None:
    heard: list[str] = []

    def done(task: int, future: Future[None]) -> None:
        future.result()

    begun = time.monotonic()
    with pytest.raises(ModelError, match="a process was killed"):
        run_all(killed, [1], 1, done, heard.append)
    assert heard == ["about to die"]
    assert time.monotonic() - begun < 60


def test_without_anybody_to_hear_it_nothing_happens() -> None:
    progress.say("nobody")


def test_pace_speaks_at_first_and_then_now_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    heard: list[str] = []
    monkeypatch.setattr(progress, "say", heard.append)
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    pace = progress.Pace("resam, 1 click, draw 1", 400, "step", first=100)
    for step, seconds in ((101, 101.0), (150, 130.0), (151, 131.0), (250, 160.0)):
        clock[0] = seconds
        pace.at(step)
    assert heard == [
        "resam, 1 click, draw 1: step 100 of 400",
        "resam, 1 click, draw 1: step 150 of 400, about 2 min left",
        "resam, 1 click, draw 1: step 250 of 400, about 60 s left",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(12, "12 s"), (600, "10 min"), (7200, "2.0 h")])
def test_times_are_told_in_their_own_unit(seconds: float, text: str) -> None:
    assert progress.duration(seconds) == text
