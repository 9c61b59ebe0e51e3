"""The clicks of a session: whatever the user does, undo takes back exactly the last thing."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

PATH = Path(__file__).resolve().parents[2] / "resam_qgis" / "session.py"


def _load():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("resam_session", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


session = _load()
number = st.floats(-1e6, 1e6)
clicks = st.builds(session.Click, number, number, st.sampled_from([0, 1]))
steps = st.lists(st.one_of(clicks, st.tuples(number, number, number, number)), max_size=12)


def play(steps):  # type: ignore[no-untyped-def]
    found = session.Session()
    drafts = [found.draft]
    for step in steps:
        found.set_box(step) if isinstance(step, tuple) else found.add(step)
        drafts.append(found.draft)
    return found, drafts


@given(steps)
def test_undo_goes_back_step_by_step(steps) -> None:  # type: ignore[no-untyped-def]
    found, drafts = play(steps)
    for earlier in reversed(drafts[:-1]):
        assert found.undo()
        assert found.draft == earlier
    assert not found.undo()
    assert found.draft.empty


@given(steps)
def test_a_draft_is_answerable_with_a_positive_click_or_a_box(steps) -> None:  # type: ignore[no-untyped-def]
    found, _ = play(steps)
    positive = any(not isinstance(step, tuple) and step.label == 1 for step in steps)
    assert found.draft.answerable == (positive or any(isinstance(step, tuple) for step in steps))
    sent = found.draft.to_json(4)
    assert sent["id"] == 4
    assert len(sent["points"]) == len(found.draft.clicks)


@given(st.lists(steps, max_size=5))
def test_accepted_objects_keep_their_numbers_and_only_clicked_ones_teach(many) -> None:  # type: ignore[no-untyped-def]
    found = session.Session()
    for some in many:
        for step in some:
            found.set_box(step) if isinstance(step, tuple) else found.add(step)
        found.keep(found.draft, "roof")
        found.clear()
        assert found.draft.empty
        assert not found.undo(), "what was accepted is not taken apart again"
    assert [item.number for item in found.accepted] == list(range(1, len(many) + 1))
    for x, y, label, object_id, name in found.rows():
        assert name == "roof"
        assert session.Click(x, y, label) in found.accepted[object_id - 1].draft.clicks
        assert any(click.label == 1 for click in found.accepted[object_id - 1].draft.clicks)


def test_a_rejected_object_teaches_nothing() -> None:
    found = session.Session()
    homes = [session.FeatureReference("layer", number, bytes([number])) for number in (7, 8)]
    for home in homes:
        found.keep(session.Draft((session.Click(1.0, 2.0),)), "", home)
    after_saving = session.FeatureReference("layer", 1, homes[0].wkb)
    assert found.known(after_saving).number == 1
    found.drop(session.FeatureReference("another", 7, homes[0].wkb))
    assert len(found.accepted) == 2
    found.drop(after_saving)
    assert {row[3] for row in found.rows()} == {2}


def test_clicks_and_what_they_will_replace_follow_a_polygon_that_got_vertices() -> None:
    old, new, other = (session.FeatureReference("layer", 1, wkb) for wkb in (b"old", b"new", b"other"))
    found = session.Session(fixing=old)
    item = found.keep(session.Draft((session.Click(1.0, 2.0),)), "roof", old)
    found.fix(other, session.Click(5.0, 5.0), None)
    for layer_id, where in (("another", old), ("layer", new)):
        found.rehome(layer_id, lambda home: new if home.same(old) else home)
        assert (found.fixing, item.home) == (other, where)
    assert found.undo()
    assert found.fixing == new, "what is at hand again is where it lies now"


def test_undo_brings_back_what_was_at_hand_before_a_polygon_was_refined() -> None:
    found, home = session.Session(), session.FeatureReference("layer", 7, b"7")
    found.add(session.Click(1.0, 2.0))
    before = found.draft
    found.fix(home, session.Click(5.0, 5.0), "roof")
    assert (found.fixing, found.own_class) == (home, "roof")
    found.add(session.Click(6.0, 5.0))
    found.own_class = None
    assert found.undo()
    assert (found.fixing, found.own_class) == (home, None), "another class was chosen meanwhile"
    assert found.undo()
    assert (found.draft, found.fixing, found.own_class) == (before, None, None)


def test_what_was_at_hand_comes_back_when_a_refined_polygon_is_done_with() -> None:
    by_mistake, home, third = (session.FeatureReference("layer", n, bytes([n])) for n in (6, 7, 8))
    found, inside = session.Session(), session.Click(5.0, 5.0)
    found.add(session.Click(1.0, 2.0))
    found.add(session.Click(1.0, 3.0, 0))
    before = found.draft
    found.fix(by_mistake, inside, None)
    found.fix(home, inside, "roof")
    found.add(session.Click(6.0, 5.0))
    refined = found.draft
    again = session.Session.from_json(found.to_json())
    found.fix(third, inside, None)
    assert found.leave()
    assert (found.draft, found.fixing, found.own_class) == (refined, home, "roof")
    for one in (found, again):
        assert one.leave()
        assert (one.draft, one.fixing, one.own_class) == (before, None, None)
    assert found.undo()
    assert found.draft.clicks == before.clicks[:1]
    assert not found.leave(), "a new object that was entered does not come back"
    assert found.draft.empty


def test_a_polygon_whose_layer_is_gone_is_at_hand_no_more() -> None:
    found, click = session.Session(), session.Click(1.0, 2.0)
    found.add(click)
    for layer in ("one", "other", "one"):
        found.fix(session.FeatureReference(layer, 7, b"7"), click, "")
    assert not found.forget(["third"])
    assert found.forget(["one"])
    assert found.fixing is not None
    assert found.fixing.layer_id == "other"
    assert found.undo()
    assert found.fixing is None
    assert found.draft.clicks == (click,)


def test_an_object_whose_polygon_went_is_there_again_with_the_polygon_that_took_it_over() -> None:
    one, other, whole = (session.FeatureReference("layer", n, bytes([n])) for n in (1, 2, 3))
    clicks = tuple(session.Click(float(n), 2.0) for n in range(3))
    for taken_over in ("joined", "shared"):
        found = session.Session()
        item = found.keep(session.Draft(clicks[:1]), "roof", one)
        found.retrace("layer", lambda home: None)
        assert found.rows() == []
        if taken_over == "joined":
            found.join(whole, one)
        else:
            drafts = [session.Draft(clicks[:1]), session.Draft(clicks[1:])]
            found.share(item, (whole, other), drafts)
        assert found.accepted[0] is item
        assert item.home == whole
        assert len(found.accepted) == (1 if taken_over == "joined" else 2)
        found.retrace("layer", lambda home: None if home == whole else home)
        assert item not in found.accepted, taken_over


def test_what_waits_is_kept_whole_and_projects_of_earlier_versions_are_read() -> None:
    draft, home = session.Draft((session.Click(1.0, 2.0),)), session.FeatureReference("layer", 7, b"7")
    for one in (session.Waiting(draft, "roof", home, own=True), session.Waiting(draft, "")):
        assert session.Waiting.from_json(one.to_json()) == one
    assert session.Waiting.from_json([draft.to_json(0), "roof"]) == session.Waiting(draft, "roof")


def test_the_module_needs_neither_qt_nor_qgis() -> None:
    tree = ast.parse(PATH.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [
        name for node in imports for name in (getattr(node, "module", None), *(a.name for a in node.names))
    ]
    assert not [name for name in names if name and name.split(".")[0] in ("qgis", "PyQt5", "PyQt6")]
