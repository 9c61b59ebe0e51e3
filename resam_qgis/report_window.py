"""The report of an adapter in a window of QGIS; it holds its pictures, and nothing else is loaded."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QImage, QTextDocument
from qgis.PyQt.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from .i18n import tr
from .presence import present

SIDES = 940, 760
PICTURE = re.compile(r'src="data:image/[a-z]+;base64,([^"]*)"')
STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
"""For browsers: Qt knows few of its rules, and some of them wrongly."""
FOR_QT = {
    "<pre>": '<pre style="white-space: pre-wrap">',
    "<figure>": "<p>",
    "<figcaption>": "</p><p>",
    "</figcaption></figure>": "</p>",
}
"""Marks that Qt does not know, and what is like them."""
MARGIN = 48
"""Of the page around a picture, with the scroll bar, in pixels."""


class Page(QTextBrowser):
    """Shows a self-contained page: pictures that are in it, and no other file or address."""

    def show_text(self, text: str) -> None:
        """Show a page; its pictures are no wider than this widget."""
        plain = STYLE.sub("", text)
        for mark, known in FOR_QT.items():
            plain = plain.replace(mark, known)
        self.setHtml(PICTURE.sub(self._put, plain))

    def _put(self, found: re.Match[str]) -> str:
        """Keep a picture in the document under a short name, which takes its place in the text."""
        try:
            picture = QImage.fromData(base64.b64decode(found[1], validate=True))
        except binascii.Error:
            return 'src=""'
        width = self.width() - MARGIN
        if picture.width() > width:
            picture = picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        name = f"picture:{found.start()}"
        present(self.document()).addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), picture)
        return f'src="{name}"'

    def loadResource(self, kind: int, name: QUrl) -> QImage:  # noqa: N802 - Qt's name
        """Nothing comes from anywhere else: an empty picture, for Qt would look for a file by itself."""
        return QImage(1, 1, QImage.Format.Format_ARGB32)


class ReportWindow(QDialog):
    """A report, and a button for the browser."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        """
        Args:
            path: of the report.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no text.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Report of “{}”").format(path.parent.name))
        self.resize(*SIDES)
        self.page = Page()
        self.page.resize(*SIDES)
        self.page.setOpenLinks(False)
        self.page.show_text(path.read_text(encoding="utf-8"))
        self.browser, closing = QPushButton(tr("Open in the browser")), QPushButton(tr("Close"))
        address = QUrl.fromLocalFile(str(path))
        self.browser.clicked.connect(lambda checked=False: QDesktopServices.openUrl(address))
        closing.clicked.connect(lambda checked=False: self.close())
        column, row = QVBoxLayout(self), QHBoxLayout()
        row.addWidget(self.browser)
        row.addStretch()
        row.addWidget(closing)
        column.addWidget(self.page)
        column.addLayout(row)
