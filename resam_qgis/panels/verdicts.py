"""What became of a run that adapted a model: a verdict, or one for each class, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .. import sayings
from ..i18n import tr

Verdict = Mapping[str, Any]
"""An event ``verdict`` of the engine; with ``kind`` where several classes were learned."""


def is_better(verdicts: Sequence[Verdict]) -> bool:
    """Whether the adapter helps with anything: each class is answered by what helps it."""
    return any(found["word"] == "better" for found in verdicts)


def in_words(verdicts: Sequence[Verdict]) -> str:
    """Rich text for the user, a paragraph for each class."""
    return "<br>".join(_one(found) for found in verdicts)


def _one(found: Verdict) -> str:
    words = {
        "better": tr("Better: the adapter is used from now on."),
        "no evidence": tr(
            "No evidence that it is better or worse: look at the pictures, then choose it or not."
        ),
        "worse": tr("Worse: the adapter is kept in the list, but not used."),
    }
    low, high = found.get("low"), found.get("high")
    interval = "" if low is None else f" [{low:+.3f}, {high:+.3f}]"
    figures = f"{found['before']:.3f} → {found['after']:.3f}{interval}, n = {found['n']}"
    guess = tr("This is an estimate: only reference polygons measure accuracy.")
    more = f" {guess}" if "no reference polygons" in found["measure"] else ""
    measure, reason = sayings.reason(found["measure"]), sayings.reason(found["reason"])
    title = f"{words.get(found['word'], found['word'])}"
    if "kind" in found:
        title = f"{escape(str(found['kind'] or tr('no class')))}: {title}"
    return f"<b>{title}</b><br>{measure}: {figures}; {reason}.{more}"
