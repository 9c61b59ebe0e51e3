"""A line on a page that stays for as long as it holds."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import QLabel, QWidget

from .. import remote, runtime
from ..i18n import tr

MIN_WIDTH = 200
RED, RED_ON_DARK = "#c0392b", "#ff8a80"


def problem_style(line: QWidget) -> str:
    """Style sheet of a line that tells a problem: a red that can be read in the theme's light or dark."""
    dark = line.palette().color(QPalette.ColorRole.Window).lightness() < 128
    return f"color: {RED_ON_DARK if dark else RED};"


class HeldLine(QLabel):
    """Shows news, or a problem that goes when what it was about changes.

    Signals:
        environment: the user wants the assistant, because the problem is that the engine has no Python.
    """

    environment = pyqtSignal()

    def __init__(self, state: Callable[[], object], parent: QWidget | None = None) -> None:
        """
        Args:
            state: everything that a problem of this page may be about; compared with ``==``.
        """
        super().__init__(parent)
        self._state = state
        self._then: tuple[object] | None = None
        self.setWordWrap(True)
        self.linkActivated.connect(lambda link: self.environment.emit())

    def say(self, text: str) -> None:
        """News: they stay until there are others."""
        self._then = None
        self._put(text)

    def complain(self, text: str) -> None:
        """A problem: it stays until :meth:`refresh` finds another state."""
        self._then = (self._state(),)
        text = remote.reason(text)
        if runtime.environment_is_missing(text):
            text = f'{escape(text)} <a href="environment">{tr("Set up…")}</a>'
        self._put(text)

    def refresh(self, *_: object) -> None:
        """Something changed: a problem of another state holds no more."""
        if self._then is not None and self._then != (self._state(),):
            self.say("")

    def _put(self, text: str) -> None:
        self.setText(text)
        self.setStyleSheet(problem_style(self) if self._then is not None else "")
        # A wrapped label in a scroll area would be squeezed.
        self.setMinimumHeight(self.heightForWidth(max(self.width(), MIN_WIDTH)) if text else 0)
