"""A line that grows: the loss while a model learns."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPointF, QRectF
from qgis.PyQt.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

HEIGHT, MARGIN = 90, 6
SMOOTHING = 0.9
"""Share of the earlier mean in the exponential mean that is drawn bold."""


class LossChart(QWidget):
    """Values in the order they come, thin, and their moving mean, bold; in the colours of the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: list[float] = []
        self.means: list[float] = []
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def clear(self) -> None:
        """Begin anew."""
        self.values, self.means = [], []
        self.update()

    def add(self, value: float) -> None:
        """One more value."""
        self.values.append(value)
        mean = self.means[-1] if self.means else value
        self.means.append(SMOOTHING * mean + (1 - SMOOTHING) * value)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        line = self.palette().color(QPalette.ColorRole.Highlight)
        painter.setPen(text)
        area = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.drawRect(area)
        if self.values:
            label = f"{self.means[-1]:.3f}"
            metrics = painter.fontMetrics()
            left = area.right() - metrics.horizontalAdvance(label) - 4
            painter.drawText(QPointF(left, area.top() + metrics.ascent() + 2), label)
            faint = line.lighter(140)
            painter.setPen(QPen(faint, 1))
            painter.drawPolyline(self._line(self.values, area))
            painter.setPen(QPen(line, 2))
            painter.drawPolyline(self._line(self.means, area))
        painter.end()

    def _line(self, values: list[float], area: QRectF) -> QPolygonF:
        low, high = min(self.values), max(self.values)
        span, steps = max(high - low, 1e-9), max(len(values) - 1, 1)
        return QPolygonF(
            [
                QPointF(
                    area.left() + area.width() * place / steps,
                    area.bottom() - area.height() * (value - low) / span,
                )
                for place, value in enumerate(values)
            ]
        )
