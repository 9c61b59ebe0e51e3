"""What a run says to a person, to a program, or to nobody."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from engine.console import INTERRUPTED, Reporter, run_command
from engine.errors import RasterError

Captured = pytest.CaptureFixture[str]


def talk(reporter: Reporter) -> None:
    """A whole run's worth of messages."""
    with reporter:
        reporter.event("note", "note: two clicks merged")
        reporter.start(10, "objects")
        reporter.advance(4)
        reporter.advance(6)
        reporter.event("done", "all well", count=10)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_person_reads_sentences_and_a_bar_on_stderr(capsys: Captured) -> None:
    talk(Reporter("segment"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "note: two clicks merged" in err
    assert "all well" in err
    assert "10/10" in err or "4/10" in err


def test_a_program_reads_one_json_object_a_line_on_stdout(capsys: Captured) -> None:
    talk(Reporter("segment", as_json=True))
    out, err = capsys.readouterr()
    assert err == ""
    events = lines(out)
    assert [event["event"] for event in events] == ["note", "start", "progress", "progress", "done"]
    assert events[1] == {"event": "start", "total": 10, "unit": "objects"}
    assert events[-1] == {"event": "done", "text": "all well", "count": 10}


def test_quiet_says_nothing(capsys: Captured) -> None:
    talk(Reporter("segment", quiet=True))
    assert capsys.readouterr() == ("", "")


def test_progress_tells_rate_and_remaining_time(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 100.0, 102.0, 108.0])
    monkeypatch.setattr("engine.console.time.monotonic", lambda: next(clock))
    reporter = Reporter("segment", as_json=True)
    reporter.start(12, "objects")
    reporter.advance(4)
    reporter.advance(0)
    first, second = (event for event in lines(capsys.readouterr().out) if event["event"] == "progress")
    assert first == {"event": "progress", "done": 4, "total": 12, "rate": 2.0, "remaining_s": 4.0}
    assert second == {"event": "progress", "done": 4, "total": 12, "rate": 0.5, "remaining_s": 16.0}


def test_an_event_for_programs_only_is_not_shown_to_people(capsys: Captured) -> None:
    Reporter("segment").event("tick", count=1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("options", [{}, {"quiet": True}, {"as_json": True}])
def test_an_error_is_one_line_on_stderr_even_when_quiet(options: dict[str, bool], capsys: Captured) -> None:
    def work(reporter: Reporter) -> None:
        raise RasterError("scene.tif: damaged\nat strip 3")

    assert run_command(work, Reporter("segment", **options)) == 2
    out, err = capsys.readouterr()
    assert err == "segment: scene.tif: damaged at strip 3\n"
    expected = (
        [{"event": "error", "error": "scene.tif: damaged at strip 3"}] if options.get("as_json") else []
    )
    assert lines(out) == expected


def test_the_bar_is_gone_before_the_error_is_printed(capsys: Captured) -> None:
    def work(reporter: Reporter) -> None:
        reporter.start(5, "objects")
        reporter.advance(1)
        raise RasterError("scene.tif: damaged")

    assert run_command(work, Reporter("segment")) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.endswith("\rsegment: scene.tif: damaged\n")


def test_an_interrupt_is_130_and_one_line(capsys: Captured) -> None:
    def work(reporter: Reporter) -> None:
        raise KeyboardInterrupt

    assert run_command(work, Reporter("segment")) == INTERRUPTED == 130
    out, err = capsys.readouterr()
    assert (out, err) == ("", "segment: interrupted, nothing was written\n")


def test_success_is_zero() -> None:
    assert run_command(lambda reporter: None, Reporter("segment")) == 0


def test_a_mistake_of_ours_is_not_hidden() -> None:
    def work(reporter: Reporter) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(work, Reporter("segment"))


def test_a_reader_that_went_away_ends_the_run_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    def work(reporter: Reporter) -> None:
        raise BrokenPipeError

    kept = os.dup(1)
    try:
        assert run_command(work, Reporter("segment", as_json=True)) == 2
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    assert capfd.readouterr().err == ""


def test_an_error_moves_no_cursor_and_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter("verb").error(RasterError("a\x1b[2Jb\u2028c\nd.tif"))
    assert capsys.readouterr().err == "verb: a\ufffd[2Jb c d.tif\n"


def test_a_text_that_a_library_cannot_pass_on_is_a_note(capsys: Captured) -> None:
    class Deaf:
        def __del__(self) -> None:
            b"\xff".decode()

    assert run_command(lambda reporter: Deaf().__del__ and None, Reporter("segment")) == 0
    assert capsys.readouterr().err == "note: a library warned of something, in a text that is not UTF-8\n"
