"""Hands for dialogs: what opens while a step runs is answered as a user would."""

from contextlib import contextmanager

from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QMessageBox

LOOK_MS = 300


@contextmanager
def answered(file="", button=""):
    """Answer every dialog: a file dialog with a path, a question with a button; yields what was asked."""
    asked = []
    timer = QTimer()

    def note(text):
        if asked[-1:] != [text]:
            asked.append(text)

    def look():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            note("file")
            dialog.findChild(QLineEdit, "fileNameEdit").setText(str(file))
            buttons = dialog.findChild(QDialogButtonBox)
            buttons.button(QDialogButtonBox.StandardButton.Save).click()
        elif isinstance(dialog, QMessageBox):
            note(dialog.text())
            chosen = [part for part in dialog.buttons() if button in part.text().replace("&", "")]
            chosen[0].click() if chosen else dialog.reject()
        elif dialog is not None:
            note(type(dialog).__name__)
            dialog.close()

    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    try:
        yield asked
    finally:
        timer.stop()
