"""The Explain dock: how the method in hand came to its matching, one page a step."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from syncline.model import Similarity

from ...document import Change, Document
from ...jobs import Job, Jobs
from ...theme import theme
from ..match_shown import Shown
from ..parameters import calm
from ..plain import Elided, button, capitals, label, literal
from .attention import AttentionLesson
from .brute import BruteLesson
from .examples import worked
from .hungarian import HungarianLesson
from .lesson import Lesson, Line, Page, Teachers
from .parts import Stage, StepBar, WordsColumn
from .sheet import SheetView
from .simplex import SimplexLesson
from .sinkhorn import SinkhornLesson
from .spread import Spread
from .walk import Walk

__all__ = ["ExplainDock"]

LESSONS: dict[str, type[Lesson]] = {
    x.method: x for x in (HungarianLesson, SimplexLesson, SinkhornLesson, AttentionLesson, BruteLesson)
}
_INSTEAD = {
    "assignment": "hungarian",
    "linear": "simplex",
    "transport": "sinkhorn",
    "partial": "sinkhorn",
    "unbalanced": "sinkhorn",
}
_SAME_OPTIMUM = {"assignment", "hungarian", "linear", "simplex", "brute"}
_LAST = 1 << 40


class ExplainDock(QWidget):
    """Walks through the method that matched the caption in hand, or through an example.

    States are made on a worker when they are asked for; only while the dock is in sight. What there is to explain is
    asked of `_question` and `_names`, which other workspaces answer in their own way.
    """

    lessons = LESSONS
    watched = Change.MATCHES | Change.SCENE
    """What makes it look again at what is to be explained."""

    def __init__(self, document: Document, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explain")
        self._document, self._jobs = document, jobs
        self._teachers: Teachers | None = None
        self._example: Any = None
        self._example_wanted = False
        self._asked: Any = None
        self._running: str | None = None
        self._stale = True
        self.lesson: Lesson | None = None
        self.walk: Walk | None = None
        self.number = 0
        """Of the state that is shown, from 0."""
        self._wanted = 0
        self._job: Job | None = None
        self._page: Page | None = None
        self._play = QTimer(self)
        self._play.timeout.connect(self._tick)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(200)
        self._patience.timeout.connect(self._show_waiting)
        self._build()
        theme().changed.connect(self._redraw)
        document.changed.connect(self._changed)

    # -- building ------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = Elided(self.tr("Explain"), "heading", Qt.TextElideMode.ElideRight)
        self.title.setFont(capitals(self.title.font()))
        self.method = QComboBox()
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.method.setAccessibleName(self.tr("Method to explain"))
        calm(self.method)
        self.method.activated.connect(self._method_chosen)
        self.leave = button(self.tr("Back to the picture"), "small")
        self.leave.clicked.connect(lambda: self.explain(None))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.leave)
        head.addWidget(self.method)

        self.stage = Stage(self.turned_by, self)
        self.sheet = SheetView()
        self.stage.setWidget(self.sheet)
        # Names stay where they are, so that more than what scrolled in is drawn anew.
        for bar in (self.stage.horizontalScrollBar(), self.stage.verticalScrollBar()):
            bar.valueChanged.connect(self.sheet.update)
        self.bar = StepBar()
        for part, slot in (
            (self.bar.first, lambda: self.go(0)),
            (self.bar.back, lambda: self.go(self.number - 1)),
            (self.bar.step, lambda: self.go(self.number + 1)),
            (self.bar.play, self.toggle_play),
            (self.bar.last, lambda: self.go(_LAST)),
        ):
            part.clicked.connect(slot)
        self.words = WordsColumn()
        self.words.heated.connect(self._heated)
        self.words.toggles.toggled.connect(self._toggled)
        self.words.toggles.kind_chosen.connect(self._chose_kind)

        self._body = Spread(self.stage, self.bar, self.words)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        self.example = button(self.tr("Show the worked example"), "small")
        self.example.clicked.connect(self.show_worked_example)
        self._nothing = QWidget()
        nothing = QVBoxLayout(self._nothing)
        nothing.setContentsMargins(0, 0, 0, 0)
        nothing.addWidget(self._empty)
        nothing.addWidget(self.example, 0, Qt.AlignmentFlag.AlignLeft)
        nothing.addStretch(1)

        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._body, 1)
        column.addWidget(self._nothing, 1)
        self.setFocusProxy(self.stage)
        self._redraw()

    def sizeHint(self) -> QSize:
        return QSize(900, 280)

    def minimumSizeHint(self) -> QSize:
        return QSize(420, 210)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.stage))
        painter.end()

    # -- what is explained -----------------------------------------------------------------------------

    def set_teachers(self, teachers: Teachers) -> None:
        """Say what there is to explain."""
        self._teachers = teachers
        self.method.clear()
        for name in self.lessons:
            if name in teachers.methods:
                self.method.addItem(literal(teachers.methods[name].title), name)
        if self._example_wanted:
            self.show_worked_example()
        else:
            self._renew()

    def explain(self, problem: Any, method: str = "hungarian") -> None:
        """Walk through a problem that is no picture's, by any lesson's method; None goes back to the picture."""
        self._example = problem
        self._choose(method if problem is not None else None)
        self._running = None
        self._asked = None
        self._renew()

    def show_worked_example(self) -> None:
        """The 3 × 3 case that courses work out by hand: 107 after two iterations."""
        # Right after the start the methods may still be loading.
        self._example_wanted = self._teachers is None
        if self._teachers is not None:
            self.explain(*self._worked())

    def _worked(self) -> tuple[Any, str]:
        """The worked example and the method it is worked by."""
        assert self._teachers is not None
        return self._teachers.problem(worked()), "hungarian"

    def _choose(self, method: str | None) -> None:
        if method is not None:
            self.method.setCurrentIndex(self.method.findData(method))

    def _method_chosen(self) -> None:
        self._asked = None
        self._renew()

    def _changed(self, change: Change) -> None:
        if change & self.watched and self._example is None:
            self._renew()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._renew()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop_play()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._page is not None:
            self._show_page(self._page)

    def _renew(self) -> None:
        """Look at what is to be explained now."""
        if not self.isVisible() or self._teachers is None:
            self._stale = True
            return
        self._stale = False
        asked, params, running = self._question()
        if asked is None:
            self._forget()
            return
        if running is not None and running != self._running:
            self._choose(self._lesson_of(running))
        if asked is self._asked and running == self._running:
            return
        # Edited under the eye: stay on the page, or at the end.
        same = self.lesson is not None and self.lesson.method == self.method.currentData() and self._example is None
        stay = _LAST if self.walk is not None and self.number == self.walk.end else self.number
        self._asked, self._running = asked, running
        self._begin(
            self.lessons[self.method.currentData()](self._teachers, asked, params, self._names(), self),
            stay if same else 0,
        )

    def _lesson_of(self, running: str) -> str:
        """Which lesson explains a method."""
        return _INSTEAD.get(running, running if running in LESSONS else "hungarian")

    def _question(self) -> tuple[Any, Any, str | None]:
        """The problem, the parameters of the method that solved it, and its name."""
        if self._example is not None:
            return self._example, None, None
        session = self._document.shown
        match, caption = session.match, session.active_caption
        if match is None or caption is None:
            return None, None, None
        part = next((c for c in match.captions if c.caption == caption.id), None)
        if part is None or part.asked is None:
            return None, None, None
        return part.asked, match.recipe.params, match.recipe.method

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Objects and phrases as the picture and the other panels call them."""
        shown = None if self._example is not None else Shown.of(self._document.shown)
        if shown is None or shown.part is None:
            return None
        part = shown.part
        asked: Similarity = part.asked.similarity
        # An object that takes part more than once has other ids each time, but the same name.
        ids = dict(zip(part.similarity.a_names, part.similarity.a_ids, strict=True))
        rows = tuple(shown.objects.get(ids[name], name) for name in asked.a_names)
        phrases = [shown.phrases.get(b, "?") for b in part.similarity.b_ids]
        return rows, tuple(" = ".join(phrases[j] for j in unit) for unit in part.columns)

    def _forget(self) -> None:
        self._stop_play()
        self._stop_work()
        self._asked = self._running = self.lesson = self.walk = self._page = None
        self._empty.setText(self._invitation())
        self.title.setText(self.tr("Explain"))
        for part, seen in ((self._body, False), (self._nothing, True), (self.method, False), (self.leave, False)):
            part.setVisible(seen)

    def _invitation(self) -> str:
        """What to do so that there is something to explain."""
        session = self._document.shown
        if session.active_scene is None:
            return self.tr("Open a picture and match it: then each step of the method can be watched here.")
        if session.match is None:
            return self.tr("Match the picture: then each step of the method can be watched here.")
        return self.tr("Match again to watch the steps of the method here.")

    def _begin(self, lesson: Lesson, at: int) -> None:
        self._stop_play()
        if self.lesson is not None:
            self.lesson.deleteLater()
        self.lesson, self._page = lesson, None
        for part, seen in ((self._body, True), (self._nothing, False), (self.method, True)):
            part.setVisible(seen)
        self.leave.setVisible(self._example is not None)
        self.words.show_heat(lesson.temperature, lesson.temperature_name)
        self.words.toggles.show_toggles(lesson.toggles())
        # Another method's page must not stand under this one's name for long.
        self._patience.start()
        self._restart(at)

    def _restart(self, at: int) -> None:
        assert self.lesson is not None
        self._stop_work()
        self.walk = Walk(self.lesson.start)
        self.go(at)

    def _stop_work(self) -> None:
        # Whatever it still brings belongs to a walk that is over.
        if self._job is not None:
            self._job.cancel()
            self._job = None

    # -- going -----------------------------------------------------------------------------------------

    def go(self, number: int) -> None:
        """Show state `number` from 0, or the last if there are fewer; it may have to be worked out first."""
        if self.walk is None:
            return
        if self.walk.end is not None:
            number = min(number, self.walk.end)
        self._wanted = max(number, 0)
        if not self._arrive() and self._job is None:
            self._fetch()

    def _arrive(self) -> bool:
        """Show the wanted state if it is there."""
        walk = self.walk
        assert walk is not None
        if walk.end is not None:
            self._wanted = max(min(self._wanted, walk.end), 0)
        if walk.end == -1:
            self._show_nothing()
            return True
        if self._wanted not in walk.states:
            return False
        self.number = self._wanted
        assert self.lesson is not None
        self._show_page(self.lesson.page(walk.states[self.number], self.number))
        return True

    def _fetch(self) -> None:
        walk, wanted = self.walk, self._wanted
        assert walk is not None

        def work(monitor: Any) -> None:
            walk.reach(wanted, monitor)
            walk.look_ahead(0.2, monitor)

        job = self._jobs.submit(self.tr("Steps of the method"), work, quiet=True)
        self._job = job
        job.failed.connect(self._failed)
        job.ended.connect(lambda: self._fetched(job))

    def _failed(self, error: BaseException) -> None:
        # What a solver refuses is kept by the walk; this is a mistake, and not to be made again and again.
        self.walk = self._job = None
        raise error

    def _fetched(self, job: Job) -> None:
        if job is not self._job:
            return
        self._job = None
        if not self._arrive():
            self._fetch()
        self._show_count()

    def turned_by(self, key: int) -> bool:
        """Go where a key says; False if it says nothing."""
        if key == Qt.Key.Key_Left:
            self.go(self.number - 1)
        elif key == Qt.Key.Key_Right:
            self.go(self.number + 1)
        elif key == Qt.Key.Key_Home:
            self.go(0)
        elif key == Qt.Key.Key_End:
            self.go(_LAST)
        elif key == Qt.Key.Key_Space:
            self.toggle_play()
        else:
            return False
        return True

    # -- playing ---------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Pages turn by themselves."""
        return self._play.isActive()

    def toggle_play(self) -> None:
        """Turn pages by itself to the end, from the start if it is there; or stop."""
        if self.playing:
            self._stop_play()
        elif self.walk is not None and self.lesson is not None:
            if self.walk.end is not None and self.number >= self.walk.end:
                self.go(0)
            self._play.start(self.lesson.tempo(self._total())[0])
        self.bar.show_playing(self.playing)

    def _total(self) -> int | None:
        return None if self.walk is None or self.walk.end is None else self.walk.end + 1

    def _tick(self) -> None:
        assert self.walk is not None
        assert self.lesson is not None
        if self._job is not None:
            return
        if self.walk.end is not None and self.number >= self.walk.end:
            self._stop_play()
            return
        pause, stride = self.lesson.tempo(self._total())
        self._play.setInterval(pause)
        self.go(self.number + stride)

    def _stop_play(self) -> None:
        self._play.stop()
        self.bar.show_playing(self.playing)

    # -- drawing ---------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        self.stage.setStyleSheet(
            "Stage { border: 1px solid transparent; border-radius: 6px; }"
            f"Stage:focus {{ border-color: {theme().colours.accent}; }}"
            "QAbstractScrollArea::corner { background: transparent; }"
        )
        self.update()

    def _show_page(self, page: Page) -> None:
        self._page = page
        self.title.setText(self.tr("Explain · {title}").format(title=page.title))
        spot = self._draw(page)
        if spot is not None:
            self.stage.ensureVisible(round(spot.x()), round(spot.y()), 80, 40)
        self.stage.setAccessibleDescription(f"{page.title}\n{page.text}")
        lines = list(page.lines)
        if self._running is not None and self.lesson is not None and self._running != self.lesson.method:
            other = self._other_method(self._running)
            lines += [] if other is None else [other]
        self.words.show_lines(lines)
        self.words.race.show_race(page.race)
        self._show_count()

    def _draw(self, page: Page) -> QPointF | None:
        """Draw a page, and say what of it must be in sight."""
        self.sheet.show_sheet(page.sheet, page.text)
        self._body.fit(self.sheet.sizeHint())
        self.stage.setVisible(page.sheet is not None)
        return self.sheet.spot()

    def _other_method(self, running: str) -> Line | None:
        """What to say where the lesson is about another method than the one that was used."""
        assert self._teachers is not None
        assert self.lesson is not None
        title = self._teachers.methods[running].title if running in self._teachers.methods else running
        if running in _SAME_OPTIMUM and self.lesson.method in _SAME_OPTIMUM:
            words = self.tr("The match was found by “{title}”: another way to the same optimum.")
        else:
            words = self.tr("The match was found by “{title}”; this is another method on the same problem.")
        return Line(words.format(title=title), "muted")

    def _show_waiting(self) -> None:
        if self._page is None and self.lesson is not None:
            words = Line(self.tr("Working out the first step…"), "muted")
            self._show_page(Page(self.method.currentText(), (words,)))
            self._page = None

    def _show_nothing(self) -> None:
        self.number = 0
        self._show_page(Page(self.method.currentText(), ()))

    def _show_count(self) -> None:
        walk = self.walk
        if walk is None:
            return
        self.bar.show_count(self.number, self._total())
        at_end = walk.end is not None and self.number >= walk.end
        self.words.trouble.say(str(walk.error) if walk.error is not None and at_end else "")

    def _heated(self, temperature: float) -> None:
        assert self.lesson is not None
        self.lesson.set_temperature(temperature)
        self._restart(self.number)

    def _chose_kind(self, name: str, kind: str) -> None:
        assert self.lesson is not None
        self.lesson.set_kind(name, kind)
        self.words.toggles.show_toggles(self.lesson.toggles())
        self._restart(self.number)

    def _toggled(self, name: str, on: bool) -> None:
        assert self.lesson is not None
        self.lesson.set_toggle(name, on)
        self.words.toggles.show_toggles(self.lesson.toggles())
        self._restart(self.number)
