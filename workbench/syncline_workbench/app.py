"""The application round the window: set-up, log, crash handling, start."""

from __future__ import annotations

import faulthandler
import locale
import logging
import logging.handlers
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_log_path
from PySide6.QtCore import QCoreApplication, QLocale, QObject, Qt, QTimer, QTranslator, Signal
from PySide6.QtGui import QIcon, QImageReader
from PySide6.QtWidgets import QApplication, QMessageBox

from .collector import Collector
from .memory import return_pictures
from .settings import Settings
from .theme import pixmap, theme

__all__ = ["Crashes", "begin", "create_application", "run"]

if TYPE_CHECKING:
    from .main_window import MainWindow

log = logging.getLogger("syncline")


class Crashes(QObject):
    """Takes exceptions nobody caught, on any thread: writes them to the log and shows one dialog.

    Nothing is saved: the recovery journal already holds every step, and a session that met a defect may be wrong.
    """

    _caught = Signal(str)

    def __init__(self, log_file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log_file = log_file
        self.dialog: QMessageBox | None = None
        self.count = 0
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Become the process's handler."""
        sys.excepthook = self.handle
        threading.excepthook = lambda args: self.handle(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """What `sys.excepthook` is called with."""
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        # File names may be no text at all; a log line always is.
        lines = ascii("".join(traceback.format_exception(kind, error, trace))).strip("'\"").replace("\\n", "\n")
        log.error("not caught:\n%s", lines)
        self.count += 1
        self._caught.emit(ascii(f"{kind.__name__}: {error}"))

    def _show(self, words: str) -> None:
        if self.dialog is not None:
            return
        box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Syncline")
        box.setText(self.tr("Something went wrong inside Syncline."))
        box.setInformativeText(
            self.tr(
                "Your steps are kept in the recovery journal. Save under a new name and start the program again to be "
                "sure. What happened is written to %1."
            ).replace("%1", str(self.log_file))
        )
        box.setDetailedText(words)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(self._gone)
        self.dialog = box
        box.open()

    def _gone(self) -> None:
        self.dialog = None


def open_log() -> Path:
    """Start the log; native crashes go to a file beside it."""
    folder = user_log_path("syncline", appauthor=False)
    file = folder / "syncline.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            file, maxBytes=1 << 20, backupCount=3, encoding="ascii", errors="backslashreplace", delay=True
        )
        crash = (folder / "crash.log").open("w", encoding="ascii")  # stays open: faulthandler writes to it at the end
        faulthandler.enable(crash)
        log.crash_file = crash  # type: ignore[attr-defined]  # so that it is not collected
    except OSError:
        # A home that can't be written to must not keep the window shut.
        handler = logging.StreamHandler()
        faulthandler.enable()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    return file


def create_application(settings: Settings) -> QApplication:
    """The QApplication with names, icon, style, theme and translations."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QCoreApplication.setApplicationName("Syncline")
        QCoreApplication.setOrganizationName("Syncline")
        QApplication.setDesktopFileName("syncline")
        app = QApplication(sys.argv[:1])
        # Qt has C code write numbers as the user's country does, and with them libraries that write files.
        locale.setlocale(locale.LC_NUMERIC, "C")
    app.setStyle("Fusion")
    font = app.font()
    if font.pointSizeF() < 9.5 and sys.platform.startswith("linux"):
        font.setPointSizeF(9.75)
        app.setFont(font)
    mark = QIcon()
    for size in (16, 32, 48, 128, 256):
        mark.addPixmap(pixmap("syncline", "#000000", size))
    app.setWindowIcon(mark)
    QImageReader.setAllocationLimit(256)
    t = theme()
    if not app.property("dressed"):
        app.setProperty("dressed", True)
        app.styleHints().colorSchemeChanged.connect(t.refresh)
        t.changed.connect(lambda: t.apply(app))
    t.choose(settings.theme)
    t.apply(app)
    words = QTranslator(app)
    folder = resources.files("syncline_resources") / "i18n"
    if words.load(QLocale(), "syncline", "_", str(folder)):
        app.installTranslator(words)
    return app


def begin(window: MainWindow, words: Sequence[str], collector: Collector) -> None:
    """Open what the command line named, and load what will be needed while nothing else is done.

    Threads that load at the same time pass Python's lock round among themselves, and each turn the window waits for
    all of them: so one does.
    """
    idle = QTimer(window)
    idle.setInterval(400)

    def warm_up() -> None:
        if not window.jobs.active:
            idle.stop()
            window.commands.warm_up().ended.connect(collector.settle)

    def opened() -> None:
        if words:
            window.commands.open_words(list(words))
        idle.start()

    idle.timeout.connect(warm_up)
    QTimer.singleShot(0, lambda: window.commands.prepare().ended.connect(opened))
    QTimer.singleShot(200, window.projects.look_for_recoverable)


def run(words: Sequence[str]) -> int:
    """Open the window with what the command line named; gives the exit code."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("syncline", appauthor=False) / "numba"))
    # Python only looks at signals between byte codes, which an event loop at rest never runs.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Workers hand the interpreter on sooner than by default, so that the window answers sooner.
    sys.setswitchinterval(0.001)
    return_pictures()
    log_file = open_log()
    settings = Settings()
    app = create_application(settings)
    crashes = Crashes(log_file, app)
    crashes.install()
    collector = Collector(app)

    from .main_window import MainWindow

    window = MainWindow(settings)
    window.show()
    begin(window, words, collector)
    code = app.exec()
    settings.sync()
    return code
