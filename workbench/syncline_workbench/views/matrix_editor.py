"""The cost matrix and the edits: what is selected, what a tool may do, what the actions of the window do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from syncline.edits import constraints as edits
from syncline.errors import SynclineError
from syncline.model import Alignment, Anchor, Constraint, Constraints, Features, LocalCost, Lock, WarpingPath
from syncline.model.cost import shown_cost
from syncline.model.media import nearest

from ..document import Change, Document
from ..jobs import Jobs
from ..playback import Playback
from ..theme import theme
from .matrix_canvas import MatrixCanvas
from .matrix_grips import Hit, clamp
from .matrix_hit import hit
from .matrix_scale import Clock, time_text
from .matrix_snap import Snap, marker_times, snap
from .matrix_tools import TOOLS, SelectTool, Tool, add_within, moved_by
from .plain import tip
from .reshape import set_zone

__all__ = ["MatrixEditor", "WindowSource"]

FRAME_MS = 16
WindowSource = Callable[[Alignment], "tuple[NDArray[np.intp], NDArray[np.intp]] | None"]


class MatrixEditor(MatrixCanvas):
    """Draws ``document.shown`` and says what the hand wants; see `cost_matrix.CostMatrixView`."""

    edit_previewed = Signal(object)
    """`Constraints` while the hand moves, at most one a screen frame."""
    edit_committed = Signal(object, str)
    """`Constraints` and the name of the step."""
    edit_abandoned = Signal()
    refused = Signal(str)
    """A sentence: why the hand can't do that."""
    anchor_selected = Signal(object)
    """Id of the selected constraint, or None."""
    tool_changed = Signal(str)
    hovered = Signal(float, float, object)
    """Seconds of A and of B under the mouse, and the cost there or None."""
    hover_left = Signal()

    def __init__(self, document: Document, playback: Playback, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self._document, self._playback = document, playback
        self._alignment: Alignment | None = None
        self._cost: LocalCost | None = None
        self._window_source: WindowSource | None = None
        self._window_key: tuple[object, ...] = ()
        self._selected: int | None = None
        self._told: int | None = None
        self._base_at_press: Constraints | None = None
        self._proposed: Constraints | None = None
        self._unsent: Constraints | None = None
        self._bubble: tuple[float, float, str] | None = None
        self.tool: Tool = SelectTool(self)
        self.option = QCheckBox(self.tr("Hold to the stroke"), self)
        """Of the tool that draws: whether the path follows a stroke all along, rather than at its corners."""
        self._set_up_option()
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._send)
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    # -- what the document says --------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        shown = self._document.shown
        old, self._alignment = self._alignment, shown.alignment
        al = self._alignment
        if self.tool.busy and (al is None or (old is not None and al.id != old.id) or self._session_changed()):
            self.abandon()
        self._take_features(al)
        self._take_window(al)
        self._tell_selection()
        self._describe()
        self.refresh(front_only=True)

    def _session_changed(self) -> bool:
        """True if someone else (undo, say) changed the constraints that the hand started from."""
        session = self._document.session.alignment
        return session is None or session.constraints is not self._base_at_press

    def _take_features(self, al: Alignment | None) -> None:
        cost, old = None if al is None else shown_cost(al), self._cost
        if cost is not None and old is not None:
            same = old.x is cost.x and old.y is cost.y and old.metric == cost.metric
            cost = old if same else cost
        self._take_clocks(al)
        if cost is not self._cost:
            self._cost = cost
            self.set_costs(cost)

    def _take_clocks(self, al: Alignment | None) -> None:
        a, b = self._times(al, "a"), self._times(al, "b")
        for side in ("a", "b"):
            media = None if al is None else getattr(al.pair, side)
            self.frames[side] = None if media is None else media.frame_times
            self.margins[side].duration = 1.0 if media is None else media.duration
        self.message = self.tr("The cost matrix appears here once A and B are aligned.")
        if a is None or b is None:
            self.set_clocks(None, None)
        elif self.scene is None or not _same(self.scene.a.times, a) or not _same(self.scene.b.times, b):
            self.set_clocks(Clock(a), Clock(b))

    @staticmethod
    def _times(al: Alignment | None, side: str) -> NDArray[np.float64] | None:
        if al is None:
            return None
        features: Features | None = getattr(al, f"features_{side}")
        if features is not None:
            return features.times
        return None if al.path is None else getattr(al.path, f"{side}_times")

    def set_window_source(self, source: WindowSource | None) -> None:
        """Say how an alignment's window is found: low (n,), high (n,) half-open, or None; asked off this thread."""
        self._window_source = source
        self._window_key = ()
        self._take_window(self._alignment)

    def _take_window(self, al: Alignment | None) -> None:
        source = self._window_source
        # Recipes compare by value: a re-solve may bring an equal one, and the window is the same.
        key = () if al is None else (al.resolved or al.recipe, al.features_a, al.features_b)
        if key == self._window_key:
            return
        self._window_key = key
        if al is None or source is None or al.features_a is None:
            self.set_bounds(None)
            return
        job = self.run_quietly(self.tr("Drawing the window"), lambda _monitor: source(al))
        job.succeeded.connect(lambda answer: self.set_bounds(answer) if self._window_key is key else None)
        job.failed.connect(lambda _error: self.set_bounds(None) if self._window_key is key else None)

    # -- what tools may ask and tell (matrix_tools.Hand) -------------------------------------------

    @property
    def path(self) -> WarpingPath | None:
        """The path shown."""
        return None if self._alignment is None else self._alignment.path

    @property
    def base(self) -> Constraints | None:
        """The constraints that an edit starts from: those in force, not a preview."""
        al = self._document.session.alignment
        return None if al is None else al.constraints

    @property
    def constraints(self) -> Constraints:
        """What is drawn: what the hand holds, else what the document shows."""
        if self._proposed is not None:
            return self._proposed
        return Constraints() if self._alignment is None else self._alignment.constraints

    def snap(self, at: QPointF, free: bool, without: int | None = None) -> Snap:
        """Put a pixel on what is near (`matrix_snap.snap`)."""
        assert self.scene is not None
        a, b = marker_times(self.constraints, without)
        markers = ([self._playback.a_time, *a], [self._playback.b_time, *b])
        return snap(self.scene, at, self._cost if self.feeder.pyramid is not None else None, markers, free)

    def hit(self, at: QPointF) -> Hit | None:
        """The constraint under a pixel."""
        if self.scene is None or not self.view.rect.adjusted(-8, -8, 8, 8).contains(at):
            return None
        return hit(self.scene, self.constraints, at, self._selected)

    def choose(self, id: int | None) -> None:
        """Select a constraint."""
        self._selected = id
        self._tell_selection()
        self._describe()
        self.refresh(front_only=True)

    def seek_to(self, at: QPointF) -> None:
        """Put the cross-hair there."""
        if self.scene is not None:
            spot = self.snap(at, True)
            self._playback.seek(spot.a, spot.b)

    def propose(self, constraints: Constraints) -> None:
        """Show what the hand does, and tell of it once a frame."""
        self._proposed = self._unsent = constraints
        if not self._frame.isActive():
            self._send()
        self.refresh(front_only=True)

    def _send(self) -> None:
        if self._unsent is not None:
            constraints, self._unsent = self._unsent, None
            self._frame.start()
            self.edit_previewed.emit(constraints)

    def settle(self, constraints: Constraints, label: str) -> None:
        """Make the edit one step."""
        self._drop()
        self.edit_committed.emit(constraints, label)
        self.refresh(front_only=True)

    def give_up(self) -> None:
        """Take a preview back."""
        self._drop()
        self.edit_abandoned.emit()
        self.refresh(front_only=True)

    def _drop(self) -> None:
        self._proposed = self._unsent = self._bubble = None
        self._frame.stop()

    def bubble(self, a: float, b: float, text: str | None = None) -> None:
        """Label a point with its times, or with other words."""
        self._bubble = (a, b, text or f"A {time_text(a)}  ↔  B {time_text(b)}")
        self.update()

    def name_of(self, a: float, b: float) -> str:
        """A pair of times as a step's name has it: frame numbers where both sides have frames."""
        fa, fb = self.frames["a"], self.frames["b"]
        if fa is None or fb is None:
            return f"{time_text(a)} ↔ {time_text(b)}"
        return f"{int(nearest(fa, a))} ↔ {int(nearest(fb, b))}"

    def remark(self, sentence: str) -> None:
        """Tell the user something that is no failure."""
        self.refused.emit(sentence)

    def redraw(self) -> None:
        """Draw the tool's own marks again."""
        self.update()

    def _try(self, work: Callable[[], None]) -> None:
        """Run an edit; one that is impossible is told, and leaves everything as it was."""
        try:
            work()
        except SynclineError as error:
            self.abandon()
            self.refused.emit(str(error))

    def _reveal(self, u: float, v: float, share: float = 0.5) -> None:
        """Bring a place into view, `share` of the way in from the lower left, if it isn't."""
        view = self.view
        inside = view.x0 <= u <= view.x1 and view.y0 <= v <= view.y1
        if not inside:
            view.show_from(u - share * (view.x1 - view.x0), v - share * (view.y1 - view.y0))
            self.moved()

    # -- selection ---------------------------------------------------------------------------------

    @property
    def selected(self) -> int | None:
        """Id of the selected constraint, if there is one with that id now."""
        found = self._selected is not None and self.constraints.find(self._selected) is not None
        return self._selected if found else None

    def select_anchor(self, id: int | None) -> None:
        """Select a constraint by its id, and bring it into view."""
        if id == self._selected:
            return
        self.choose(id)
        item = self.constraints.find(id) if id is not None else None
        if item is not None and self.scene is not None:
            a, _, b, _ = _span(item)
            self._reveal(self.scene.a.place_of(a), self.scene.b.place_of(b))

    def _tell_selection(self) -> None:
        if self.selected != self._told:
            self._told = self.selected
            self.anchor_selected.emit(self._told)

    def select_next(self, step: int) -> None:
        """Select the next (+1) or previous (−1) anchor in A's order, from the cross-hair if none is selected."""
        anchors = self.constraints.anchors
        if not anchors:
            return
        ids = [anchor.id for anchor in anchors]
        if self.selected in ids:
            index = min(max(ids.index(self.selected) + step, 0), len(ids) - 1)
        else:
            before = sum(anchor.a <= self._playback.a_time for anchor in anchors)
            index = min(max(before - 1 if step < 0 else before, 0), len(ids) - 1)
        anchor = anchors[index]
        self.select_anchor(anchor.id)
        self._playback.seek(anchor.a, anchor.b)

    def add_anchor_here(self) -> None:
        """Add an anchor at the cross-hair: to the frames that are seen, where there are frames."""
        base, scene = self.base, self.scene
        if base is None or scene is None or self.tool.busy:
            return

        def work() -> None:
            at, bt = self._playback.paired
            a = min(max(at, float(scene.a.times[0])), float(scene.a.times[-1]))
            b = min(max(bt, float(scene.b.times[0])), float(scene.b.times[-1]))
            made, new = add_within(base, scene, a, b)
            self.choose(new)
            self._commit_moved(made, new, self.tr("Add anchor"))

        self._try(work)

    def _commit_moved(self, made: Constraints, id: int, verb: str) -> None:
        anchor = made.find(id)
        assert isinstance(anchor, Anchor)
        self.settle(made, f"{verb} {self.name_of(anchor.a, anchor.b)}")

    def delete_selected(self) -> None:
        """Remove the selected constraint."""
        base = self.base
        item = base.find(self._selected) if base is not None and self._selected is not None else None
        if base is None or item is None or self.tool.busy:
            return
        if isinstance(item, Anchor):
            kind = self.tr("Remove jump") if item.kind == "jump" else self.tr("Remove anchor")
            label = f"{kind} {self.name_of(item.a, item.b)}"
        else:
            label = self.tr("Remove lock") if isinstance(item, Lock) else self.tr("Remove forbidden zone")
        self.settle(edits.remove(base, item.id), label)

    def nudge_selected(self, frames: int) -> None:
        """Move the selected anchor or zone along B by whole frames (rows where B has none), as far as there is room."""
        base, scene = self.base, self.scene
        item = base.find(self._selected) if base is not None and self._selected is not None else None
        if base is None or scene is None or item is None or self.tool.busy:
            return
        if isinstance(item, Lock):
            self.refused.emit(self.tr("A locked stretch stays on the path: drag its ends along it."))
            return
        own = self.frames["b"]
        times = scene.b.times if own is None else own
        b0, b1 = (item.b, item.b) if isinstance(item, Anchor) else (item.b0, item.b1)
        first, last = int(nearest(times, b0)), int(nearest(times, b1))
        by = int(clamp(frames, -first, len(times) - 1 - last))

        def work() -> None:
            if isinstance(item, Anchor):
                moved = moved_by(base, item, float(times[first + by]), scene)
                self._commit_moved(moved, item.id, self.tr("Move anchor"))
            elif by:
                low, high = float(times[first + by]), float(times[last + by])
                moved = set_zone(base, item.id, (item.a0, item.a1), (low, high))
                self.settle(moved, f"{self.tr('Move forbidden zone')} {self.name_of(item.a0, low)}")

        self._try(work)

    def zoom_to_selection(self) -> None:
        """Show the selected constraint and a good second around it (all of the path if none is selected)."""
        item = self.constraints.find(self._selected) if self._selected is not None else None
        scene = self.scene
        if item is None or scene is None:
            self.fit()
            return
        a0, a1, b0, b1 = _span(item)
        pad_a, pad_b = max(1.0, 0.3 * (a1 - a0)), max(1.0, 0.3 * (b1 - b0))
        a, b = scene.a, scene.b
        self.view.show(a.place_of(a0 - pad_a), a.place_of(a1 + pad_a), b.place_of(b0 - pad_b), b.place_of(b1 + pad_b))
        self.moved()

    # -- tools -------------------------------------------------------------------------------------

    def set_tool(self, name: str) -> None:
        """Take up a tool by name."""
        if name == self.tool.name:
            return
        self.abandon()
        self.tool = TOOLS[name](self)
        self.setCursor(self.tool.cursor)
        self.option.setVisible(name == "draw")
        self.tool_changed.emit(name)

    def _set_up_option(self) -> None:
        self.option.setObjectName("tool_option")
        # A click leaves the keys with the matrix.
        self.option.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.option.setToolTip(
            tip(self.tr("The path is locked all along the stroke; otherwise the stroke becomes anchors at its corners"))
        )
        self.option.hide()
        self.option.toggled.connect(self.update)
        self.view_changed.connect(lambda: self.option.move(self.view.rect.topLeft().toPoint() + QPoint(8, 8)))
        theme().changed.connect(self._dress_option)
        self._dress_option()

    def _dress_option(self) -> None:
        c = theme().colours
        self.option.setStyleSheet(
            f"#tool_option {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 6px;"
            " padding: 4px 8px; }"
        )
        self.option.adjustSize()

    @property
    def holds(self) -> bool:
        """Whether the path holds to a drawn stroke all along it."""
        return self.option.isChecked()

    def abandon(self) -> None:
        """Drop the drag under way."""
        self.tool.cancel()
        if self._proposed is not None:
            self.give_up()
        self._drop()
        self.feeder.pause(False)
        self.refresh(front_only=True)

    # -- in words ------------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Say in words what the picture shows, for those who hear it."""
        scene = self.scene
        if scene is None:
            self.setAccessibleDescription(self.message)
            return
        text = self.tr("A across, {a}; B upwards, {b}; {n} anchors.").format(
            a=time_text(float(scene.a.times[-1]), 1),
            b=time_text(float(scene.b.times[-1]), 1),
            n=len(self.constraints.anchors),
        )
        item = self.constraints.find(self._selected) if self._selected is not None else None
        if item is not None:
            a0, a1, b0, b1 = _span(item)
            a = time_text(a0) if a0 == a1 else f"{time_text(a0)} – {time_text(a1)}"
            b = time_text(b0) if b0 == b1 else f"{time_text(b0)} – {time_text(b1)}"
            text += " " + self.tr("Selected: A {a}, B {b}.").format(a=a, b=b)
        self.setAccessibleDescription(text)


def _same(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    return x is y or (len(x) == len(y) and bool((x == y).all()))


def _span(item: Constraint) -> tuple[float, float, float, float]:
    """First and last time of A, then of B."""
    if isinstance(item, Anchor):
        return item.a, item.end[0], item.b, item.end[1]
    if isinstance(item, Lock):
        (a0, b0), (a1, b1) = item.times[[0, -1]].tolist()
        return a0, a1, b0, b1
    return item.a0, item.a1, item.b0, item.b1
