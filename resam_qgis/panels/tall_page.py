"""A page that scrolls up and down where the screen is not as high, and is never cut at its side."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QFrame, QScrollArea, QWidget

from ..presence import present


class TallPage(QScrollArea):
    """Holds a page; as wide as the page needs with the scroll bar beside it."""

    def __init__(self, page: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The whole width, and little height."""
        bar = present(self.verticalScrollBar()).sizeHint().width()
        return QSize(
            present(self.widget()).minimumSizeHint().width() + bar, super().minimumSizeHint().height()
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        """All of the page."""
        bar = present(self.verticalScrollBar()).sizeHint().width()
        found = present(self.widget()).sizeHint()
        return QSize(found.width() + bar, found.height())
