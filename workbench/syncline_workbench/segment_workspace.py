"""The Segment workspace: signal, tiers and panels, and how what one of them says reaches the others."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow

from syncline.edits import pieces
from syncline.progress import Monitor

from .catalogue import FEATURES, methods
from .document import Change
from .layout import Places
from .live import Newest
from .panels import dock
from .segment_commands import SegmentCommands
from .segment_findings import SegmentFindings
from .segment_penalties import SegmentPenalties
from .segment_playback import SegmentPlayback
from .segment_stage import SegmentStage
from .segment_study import SegmentStudy
from .segment_tiers import TierList
from .views.clock import format_time
from .views.pages import Pages
from .views.recordings_panel import RecordingsPanel
from .views.segment_transport import SegmentTransport
from .views.segment_welcome import SegmentWelcome
from .views.segmentations_panel import SegmentationsPanel
from .views.segments_check import SegmentsCheck
from .views.segments_recipe import SegmentsRecipePanel
from .views.segments_result import SegmentsResult
from .views.segments_table import SegmentsTable
from .views.signal_rows import SignalRows
from .views.tiers_view import TiersView
from .views.time_axis import TimeAxis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from syncline.recutting import Prepared

    from .actions import Actions
    from .document import Document
    from .jobs import Jobs
    from .segment_operations import SegmentOperations

__all__ = ["SegmentWorkspace"]


GIVEN = ("auto", "given")
"""Recipes that take a file of features as it is."""


class SegmentWorkspace(QObject):
    """Builds the parts and wires them.

    What is selected is a piece of a tier for all views: whoever tells of it by `selected`, the others hear it by
    ``select``.
    """

    picked = Signal()
    """Something else is selected: other actions can be done."""
    titled = Signal(object)
    """What segmenters are called, by name; they are loaded now."""
    emissions_requested = Signal()
    """Somebody wants to say where emissions come from."""
    pointed = Signal(object, str)
    """Seconds under the mouse or None, and what lies there in words."""

    def __init__(
        self,
        document: Document,
        operations: SegmentOperations,
        commands: SegmentCommands,
        jobs: Jobs,
        actions: Actions,
        refused: Callable[[str], None],
        dropped: Callable[[list[str]], None],
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._commands = document, operations, commands
        self._jobs, self._actions = jobs, actions
        self._refused, self._dropped = refused, dropped
        self.playback = SegmentPlayback(document, self)
        self.findings = SegmentFindings(operations, self.playback, self)
        self.axis = TimeAxis(self)
        self.rows = SignalRows(self.axis, jobs)
        self.tiers = TiersView(self.axis)
        self.transport = SegmentTransport(self.playback, actions.__getitem__)
        self.welcome = SegmentWelcome()
        self.recordings = RecordingsPanel(document)
        self.segmentations = SegmentationsPanel(document)
        self.table = SegmentsTable()
        self.checks = SegmentsCheck(document)
        self.result = SegmentsResult(document)
        self.recipe = SegmentsRecipePanel(document)
        self.penalties = SegmentPenalties(operations, self.recipe, self)
        self.study = SegmentStudy(document, jobs, self)
        self._build_pages()
        titles = {spec.id: actions.words(spec.text) for spec, _action in actions}
        self.docks: dict[str, QDockWidget] = {
            name: dock(window, name, titles[name], panel, scrolls)
            for name, panel, scrolls in (
                ("panel_recordings", self.recordings, 0),
                ("panel_segmentations", self.segmentations, 0),
                ("panel_pieces", self.table, 0),
                ("panel_piece_check", self.checks, 0),
                ("panel_segment_result", self.result, 270),
                ("panel_segment_recipe", self.recipe, 270),
                ("panel_explain_segment", self.study.explain, 0),
            )
        }
        self._list = TierList()
        self._trellis = Newest(self.tr("Following the path"), self)
        self.path: NDArray[np.int64] | None = None
        """Column of every frame on the path through the trellis that is drawn, (T,), or None."""
        self._ready = False
        self._said = ""
        self._looked: tuple[int | None, int | None] = (None, None)
        self.piece: tuple[str, int] = ("", -1)
        """Tier and piece in hand; −1: the tier as a whole."""
        self._wire()
        self._wire_actions()
        self._changed(~Change.NONE)

    places = Places(
        {"panel_recordings": 230, "panel_segmentations": 170, "panel_history": 460},
        {"panel_pieces": 260, "panel_piece_check": 130, "panel_segment_result": 330, "panel_segment_recipe": 300},
        {"panel_explain_segment": 340},
        frozenset({"panel_segment_recipe", "panel_explain_segment"}),
        (220, 290),
    )
    """Where the panels lie at first."""

    def _build_pages(self) -> None:
        self.stage = SegmentStage(self.rows, self.tiers, self.transport)
        self.pages = Pages()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.stage)

    # -- wires -------------------------------------------------------------------------------------

    def _wire(self) -> None:
        o, c, p, t = self._operations, self._commands, self.playback, self.tiers
        self._document.changed.connect(self._changed)
        o.prepared.connect(lambda: self._changed(Change.SEGMENTS))
        o.overtaken.connect(t.abandon)
        t.edit_previewed.connect(o.preview_edit)
        t.edit_abandoned.connect(o.abandon_edit)
        t.boundary_in_hand.connect(self.rows.set_boundary)
        t.set_snaps(self._snaps)
        t.set_limits(self._limits)
        for one in (t, self.table):
            one.selected.connect(self.select)
            one.edit_committed.connect(o.commit_edit)
            one.play_requested.connect(p.play_piece)
            one.refused.connect(self._refused)
        for view in (self.rows, t):
            view.sought.connect(self._seek)
        self.rows.selected.connect(lambda _first, _last: self.picked.emit())
        self.rows.pointed.connect(self.pointed)
        p.moved.connect(self._follow)
        p.state_changed.connect(self.refresh)
        self._wire_panels()
        self.findings.said.connect(self._refused)
        self.findings.shown.connect(self.select)
        self._trellis.answered.connect(self._show_path)
        self.welcome.open_requested.connect(c.open_recording)
        self.welcome.example_requested.connect(o.open_example)
        self.welcome.files_dropped.connect(self._dropped)

    def _wire_panels(self) -> None:
        o, c, r, s = self._operations, self._commands, self.recordings, self.segmentations
        r.chosen.connect(o.look_at)
        r.removed.connect(o.remove_recording)
        r.open_requested.connect(c.open_recording)
        r.file_dropped.connect(c.open_files)
        r.locate_requested.connect(c.locate)
        r.transcript_requested.connect(c.ask_transcript)
        r.emissions_requested.connect(self.emissions_requested)
        r.tiers_requested.connect(c.import_tiers)
        r.truth_requested.connect(c.load_truth)
        r.truth_cleared.connect(o.clear_truth)
        self.result.segment_requested.connect(o.segment)
        self.recipe.recipe_previewed.connect(o.preview_recipe)
        self.recipe.recipe_changed.connect(o.set_recipe)
        self.recipe.segment_requested.connect(o.segment)
        self.recipe.emissions_requested.connect(self.emissions_requested)
        self.recipe.tier_requested.connect(c.add_tier)
        self.checks.chosen.connect(self.findings.go_to)
        self.checks.check_requested.connect(self.findings.check_next)
        self.findings.changed.connect(self._show_findings)
        s.activated.connect(o.show_segments)
        s.compare_requested.connect(o.compare)
        s.renamed.connect(o.rename_segments)
        s.removed.connect(o.remove_segments)
        s.duplicate_requested.connect(o.duplicate_segments)

    def _wire_actions(self) -> None:
        o, c, p, t = self._operations, self._commands, self.playback, self.tiers
        plain: dict[str, Callable[[], object]] = {
            "open_recording": c.open_recording, "open_emissions": c.open_emissions,
            "transcript": c.ask_transcript,
            "import_tiers": c.import_tiers, "piece_truth": c.load_truth, "clear_piece_truth": o.clear_truth,
            "remove_recording": c.remove_recording, "locate_recording": c.locate_active,
            "split_piece": t.split_selected, "merge_piece": t.merge_selected,
            "merge_piece_back": lambda: t.merge_selected(back=True), "lock_piece": t.lock_selected,
            "rename_piece": t.rename_selected, "remove_piece": t.remove_selected, "insert_piece": self._insert,
            "add_tier": c.add_tier, "rename_tier": c.rename_tier, "remove_tier": c.remove_tier,
            "zoom_piece": t.zoom_to_selection, "segment": o.segment, "check_piece": self.findings.check_next,
            "previous_recording": lambda: o.step_recording(-1), "next_recording": lambda: o.step_recording(1),
            "keep_segments": c.keep_segments, "next_segments": c.next_segments, "remove_segments": c.remove_segments,
            "segment_play": p.toggle, "play_piece": self._play, "segment_slower": lambda: p.change_speed(-1),
            "segment_faster": lambda: p.change_speed(1), "previous_piece": lambda: t.step(-1),
            "next_piece": lambda: t.step(1), "segment_start": lambda: self._seek(0.0),
            "segment_end": lambda: self._seek(p.end), "example_ctc": self.show_worked_example,
            "example_speech": o.open_example,
        }  # fmt: skip
        for name, slot in plain.items():
            self._actions[name].triggered.connect(lambda _on=False, slot=slot: slot())
        self._actions["compare_segments"].triggered.connect(c.compare)
        self._actions["loop_piece"].triggered.connect(self._loop)

    # -- what is shown -----------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        session = self._document.shown
        if change & Change.RECORDING:
            self.rows.set_recording(session.active_recording)
        if change & (Change.RECORDING | Change.SEGMENTS):
            self._show_material()
            shown = self._list.of(session, self._phonemes())
            self.tiers.set_tiers(shown)
            self.table.set_tiers(shown)
            looked = (session.recording, session.shown_segments)
            if looked != self._looked and shown:
                # What was cut is what one wants to read.
                self._looked = looked
                self.table.select(shown[0].name, -1)
            self.stage.lay_out()
            self._explain()

    def _phonemes(self) -> dict[int, bool]:
        """Of which segmentations it is known whether their labels are phonemes."""
        session = self._document.shown
        recording, found = session.active_recording, dict[int, bool]()
        for named in (session.segments, session.other_segments):
            if recording is not None and named is not None:
                material = self._operations.prepared_for(recording, named.recipe)
                if material is not None:
                    found[named.id] = material.phonemes
        return found

    def _show_material(self) -> None:
        """Draw what the segmentation shown was made of, and the path that gave it."""
        material = self._operations.material
        if material is None:
            self._trellis.stop()
            self.path = None
            self.rows.set_emissions(None)
            self.rows.set_features(None)
            return
        recording = self._document.shown.active_recording
        # Of a file of features they are what is shown as its signal.
        same = recording is not None and recording.media.kind == "features" and material.recipe.features in GIVEN
        self.rows.set_features(None if same else material.rows)
        if material.emissions is None:
            self.rows.set_emissions(None)
        named = self._document.shown.segments
        step = _step(material)
        self.tiers.set_step(step)
        if material.emissions is not None and named is not None:
            segments = named

            def work(_monitor: Monitor) -> Any:
                from syncline.recutting import trellis

                return trellis(material, segments)

            self._trellis.ask(material, work)

    def _show_path(self, material: Prepared, path: Any) -> None:
        if material is self._operations.material:
            self.path = path
            self.rows.set_emissions(material.emissions, path)

    def _show_findings(self) -> None:
        found = self.findings.now
        if found is not None and found.of is self._document.shown.segments:
            self.checks.show_list(found.doubts)
            self.result.set_judgement(found.judged, found.judged_other)
            self.result.set_comparison(found.compared)
            if found.trouble and found.trouble != self._said:
                self._refused(found.trouble)
            self._said = found.trouble

    def _explain(self) -> None:
        material = self._operations.material
        if self._document.previewing:
            return
        if material is None:
            self.study.set_case(None)
        else:
            self.study.set_case(material.emissions, rows=material.rows, phonemes=material.phonemes)

    def _snaps(self, around: float, reach: float) -> list[float]:
        material = self._operations.material
        if material is None:
            return []
        from syncline.recutting import snaps

        return snaps(material, around, reach)

    def _limits(self, tier: str, piece: int, end: bool) -> tuple[float, float]:
        session = self._document.session
        recording = session.active_recording
        if recording is None:
            return self.axis.first, self.axis.last
        return pieces.limits(recording, session.segments, tier, piece, end)

    # -- selection and playback --------------------------------------------------------------------

    def select(self, tier: str, piece: int) -> None:
        """Select a piece in every view."""
        if (tier, piece) == self.piece:
            return
        self.piece = (tier, piece)
        self.tiers.select(tier, piece)
        self.table.select(tier, piece)
        self.study.select(tier, piece)
        self._commands.tier = tier if self._own else ""
        self.picked.emit()

    @property
    def _own(self) -> bool:
        recording = self._document.shown.active_recording
        return recording is not None and any(t.name == self.piece[0] for t in recording.own)

    def _stretch(self) -> tuple[float, float] | None:
        """What of the signal is selected, else the piece in hand."""
        if self.rows.selection is not None:
            return self.rows.selection
        name, piece = self.piece
        shown = next((s for s in self.tiers.tiers if s.name == name and s.editable), None)
        if shown is None or not 0 <= piece < len(shown.pieces) or shown.points:
            return None
        return shown.pieces[piece].start, shown.pieces[piece].end

    def _play(self) -> None:
        stretch = self._stretch()
        if stretch is not None:
            self.playback.play_piece(*stretch)

    def _loop(self, on: bool) -> None:
        stretch = self._stretch()
        if not on:
            self.playback.pause()
            self.playback.set_loop(None)
        elif stretch is not None:
            self.playback.loop_piece(*stretch)
        self.refresh()

    def _insert(self) -> None:
        row, selection = self.tiers.row_in_hand, self.rows.selection
        if selection is not None:
            self.tiers.insert_between(*selection)
        elif row is not None:
            self.tiers.insert_at(row, self.playback.a_time)

    def _seek(self, time: float) -> None:
        self.playback.seek_a(time)
        self.study.look_at(time)

    def _follow(self) -> None:
        t = self.playback.a_time
        self.rows.set_playhead(t)
        self.tiers.set_playhead(t)
        if self.playback.playing and not self.axis.start <= t <= self.axis.end:
            # A page on, rather than drawing all rows anew at every tick.
            length = self.axis.end - self.axis.start
            self.axis.show(t - 0.05 * length, t + 0.95 * length)

    # -- what is in force --------------------------------------------------------------------------

    def can(self) -> dict[str, bool]:
        """What can be done, by the words of `Spec.needs`."""
        session = self._document.shown
        recording = session.active_recording
        name, piece = self.piece
        shown = next((s for s in self.tiers.tiers if s.name == name and s.editable), None)
        held = shown is not None and piece >= 0
        return {
            "recording": recording is not None,
            "recordings": len(session.recordings) > 1,
            "truth": recording is not None and recording.truth is not None,
            "pieces": session.segments is not None,
            "segmentations": len(session.segmentations_of(session.recording)) > 1,
            "piece": held,
            "lasting": held and shown is not None and not shown.points,
            "solved_piece": held and shown is not None and shown.kind != "own",
            "own_tier": shown is not None and shown.kind == "own",
            "playable": self._stretch() is not None,
        }

    def refresh(self) -> None:
        """Show the stage if there is a recording, and tick what is in force."""
        session = self._document.shown
        self.pages.setCurrentWidget(self.stage if session.recordings else self.welcome)
        self._actions["compare_segments"].setChecked(session.other_segments is not None)
        self._actions["loop_piece"].setChecked(self.playback.playing and self.playback.looping)

    def words(self) -> str:
        """The recording in hand in figures, for the status bar."""
        recording, named = self._document.shown.active_recording, self._document.shown.segments
        if recording is None:
            return ""
        count = 0 if named is None else max((len(t.segments) for t in named.tiers.tiers), default=0)
        words = "%1" if not count else self.tr("%1 · 1 segment") if count == 1 else self.tr("%1 · %2 segments")
        return words.replace("%1", format_time(recording.media.duration)).replace("%2", str(count))

    # -- coming and going --------------------------------------------------------------------------

    def enter(self) -> None:
        """Segment is shown: load what it will need, before it is needed."""
        self.tiers.setFocus()
        if self._ready:
            return
        self._ready = True

        def work(_monitor: Monitor) -> dict[str, Any]:
            import_module("syncline.recutting")
            from syncline.solvers.segment import REGISTRY

            return methods(REGISTRY)

        def done(found: dict[str, Any]) -> None:
            self.recipe.set_methods(methods(FEATURES), found)
            self.titled.emit({name: m.title for name, m in found.items()})

        self._jobs.submit(self.tr("Warming up"), work, quiet=True).succeeded.connect(done)

    def zoom_in(self) -> None:
        """See less, larger."""
        self.tiers.zoom_in()

    def zoom_out(self) -> None:
        """See more."""
        self.tiers.zoom_out()

    def fit(self) -> None:
        """See the whole recording."""
        self.axis.fit()

    def abandon(self) -> None:
        """One thing at a time: put back what is in hand, else stop what plays, else select nothing."""
        if self.tiers.busy:
            self.tiers.abandon()
        elif self.rows.abandon():
            pass
        elif self.playback.playing:
            self.playback.pause()
        else:
            self.rows.set_selection(None)
            self.tiers.choose(None)
        self.refresh()

    def show_worked_example(self) -> None:
        """Walk through the worked examples of CTC, k-means and change points."""
        self.docks["panel_explain_segment"].show()
        self.study.show_worked_example()

    def close(self) -> None:
        """Let go of files and threads; for the end of the window."""
        self.study.stop()
        self.playback.close()
        self.findings.close()
        self.penalties.close()
        self._trellis.close()
        self.rows.close_rows()


def _step(material: Prepared) -> float:
    """Seconds of a frame."""
    if material.emissions is not None:
        return material.emissions.step
    if material.rows is not None and len(material.rows.times) > 1:
        times = material.rows.times
        return float((times[-1] - times[0]) / (len(times) - 1))
    return 0.01
