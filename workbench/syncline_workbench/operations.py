"""What a user can do, each as a pipeline call, a job and one ``document.replace``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from syncline.errors import SynclineError
from syncline.model import Alignment, Constraints, Media, Pair, Recipe, Session
from syncline.progress import Monitor

from .document import Change, Document
from .jobs import Job, Jobs
from .live import LiveSolver
from .warp_training import with_newest

__all__ = ["Operations"]

KEYED = (".npz", ".mat", ".h5", ".hdf5", ".ts")
"""Suffixes of files that may hold several arrays."""


class Operations(QObject):
    """Opens, aligns, edits and exports for one document."""

    failed = Signal(str)
    """A sentence that needs the user's attention."""
    notice = Signal(str)
    """A sentence for the status bar."""
    rounds_began = Signal()
    """An alignment begins; if it goes in rounds, `round_told` follows."""
    round_told = Signal(object)
    """The plain state of a round of the alignment at work, as its solver tells it."""
    _ahead = Signal(object)
    exported = Signal(str)
    key_wanted = Signal(str, str, object)
    """Side, path, and the keys (name, shape) to choose from."""
    opened = Signal(str)
    """A medium was opened: its path, for the list of recent files."""

    def __init__(self, document: Document, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.jobs = jobs
        self.align_when_ready = True
        self.budget = 1 << 30
        """Bytes a solver may take."""
        self._live = LiveSolver(self._solve, self)
        self._live.answered.connect(self._answer_live)
        self._live.refused.connect(self._refuse_live)
        self._hand: Alignment | None = None
        self._ahead.connect(self._show_ahead)
        self._waiting = False
        self._preparing: Job | None = None
        document.changed.connect(self._prepare)

    def _solve(self, alignment: Alignment, constraints: Constraints, monitor: Monitor) -> Alignment:
        from syncline import pipeline

        return pipeline.realign(
            alignment, constraints=constraints, budget=self.budget, preview=self._ahead.emit, monitor=monitor
        )

    def _show_ahead(self, answer: Alignment) -> None:
        """Show an approximate answer until the exact one is there."""
        if self._hand is not None:
            self._answer_live(answer)
        elif (self.document.session.a, self.document.session.b) == (answer.pair.a, answer.pair.b):
            self._waiting = True
            self.document.preview(self.document.session.with_alignment(answer))

    def _end_ahead(self) -> None:
        if self._waiting and self._hand is None:
            self.document.preview(None)
        self._waiting = False

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self._live.close()

    # -- jobs --------------------------------------------------------------------------------------

    def run(self, title: str, work: Callable[[Monitor], Any], done: Callable[[Any], None]) -> Job:
        """Submit `work`; `done` gets its answer, warnings become notices, errors one sentence."""
        job = self.jobs.submit(title, work)

        def succeeded(answer: Any) -> None:
            done(answer)
            for sentence in job.monitor.warnings:
                self.notice.emit(sentence)

        job.succeeded.connect(succeeded)
        job.failed.connect(self._fail)
        job.cancelled.connect(lambda: self.notice.emit(self.tr("Cancelled: %1").replace("%1", title)))
        return job

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, (SynclineError, MemoryError)):
            raise error  # a defect of the program: the crash dialog's business
        self.failed.emit(str(error) or self.tr("There is not enough memory for this; close something and try again."))

    # -- inputs ------------------------------------------------------------------------------------

    def open_a(self, path: str, key: str | None = None, rate: float | None = None) -> None:
        """Open a file as A, the query and the clock."""
        self._open({"a": path}, key, rate)

    def open_b(self, path: str, key: str | None = None, rate: float | None = None) -> None:
        """Open a file as B, the reference."""
        self._open({"b": path}, key, rate)

    def open_paths(self, paths: Sequence[str]) -> None:
        """Open one or two media: two are A and B, one fills the free side (A first)."""
        if len(paths) >= 2:
            if len(paths) > 2:
                self.notice.emit(self.tr("Only the first two of the files were opened."))
            self._open({"a": paths[0], "b": paths[1]}, None, None)
        elif paths:
            side = "b" if self.document.session.a is not None and self.document.session.b is None else "a"
            self._open({side: paths[0]}, None, None)

    def _open(self, wanted: dict[str, str], key: str | None, rate: float | None) -> None:
        names = ", ".join(Path(p).name for p in wanted.values())

        def work(monitor: Monitor) -> dict[str, Any]:
            from syncline import pipeline
            from syncline.media import list_keys
            from syncline.project import remember

            found: dict[str, Any] = {}
            for k, (side, path) in enumerate(wanted.items()):
                part = monitor.part(k / len(wanted), (k + 1) / len(wanted), Path(path).name)
                if key is None and Path(path).suffix.lower() in KEYED:
                    keys = list_keys(Path(path))
                    if len(keys) > 1:
                        found[side] = keys
                        continue
                found[side] = pipeline.open_media(path, key=key, rate=rate, monitor=part)
            # A project that names a file outside its folder may have it if the user opened it once.
            remember(*(m for m in found.values() if isinstance(m, Media)))
            return found

        def done(found: dict[str, Any]) -> None:
            media = {side: m for side, m in found.items() if isinstance(m, Media)}
            if media:
                self._set_inputs(media)
            for side, keys in found.items():
                if side not in media:
                    self.key_wanted.emit(side, wanted[side], keys)

        self.run(self.tr("Opening %1").replace("%1", names), work, done)

    def _set_inputs(self, media: dict[str, Media]) -> None:
        session = replace(self.document.session, truth=None, alignments=(), active=None, ghosts=frozenset(), **media)
        letters = ", ".join(side.upper() for side in media)
        self.document.replace(session, self.tr("Open %1").replace("%1", letters))
        for m in media.values():
            self.opened.emit(str(m.path))
            for note in m.notes:
                self.notice.emit(note)
        if session.pair is not None and self.align_when_ready:
            self.align()

    def swap(self) -> None:
        """Make A B and B A; alignments of the other order go (undo brings them back)."""
        s = self.document.session
        truth = None if s.truth is None else replace(s.truth, times=s.truth.times[:, ::-1].copy())
        new = replace(s, a=s.b, b=s.a, truth=truth, alignments=(), active=None, ghosts=frozenset())
        self.document.replace(new, self.tr("Swap A and B"))
        if new.pair is not None and self.align_when_ready:
            self.align()

    def load_truth(self, path: str) -> None:
        """Take known correspondences from a file and judge every alignment by them."""
        pair = self.document.session.pair
        if pair is None:
            self.failed.emit(self.tr("Open both A and B before their truth."))
            return

        def work(_monitor: Monitor) -> Session:
            from syncline import pipeline
            from syncline.media import load_truth

            return pipeline.judged(self.document.session, load_truth(Path(path), pair.a, pair.b))

        self.run(
            self.tr("Reading %1").replace("%1", Path(path).name),
            work,
            lambda session: self._if_same_pair(pair, lambda: self.document.replace(session, self.tr("Load truth"))),
        )

    def clear_truth(self) -> None:
        """Forget the truth and the errors measured against it."""
        s = self.document.session
        kept = tuple(replace(al, errors=None, pair=replace(al.pair, truth=None)) for al in s.alignments)
        self.document.replace(replace(s, truth=None, alignments=kept), self.tr("Clear truth"))

    def _if_same_pair(self, pair: Pair, then: Callable[[], object]) -> None:
        s = self.document.session
        if s.a is pair.a and s.b is pair.b:
            then()

    # -- aligning ----------------------------------------------------------------------------------

    def set_recipe(self, recipe: Recipe) -> None:
        """Change what the next Align will do."""
        recipe = with_newest(self.document.session, recipe)
        if recipe != self.document.session.recipe:
            self.document.replace(replace(self.document.session, recipe=recipe), self.tr("Change recipe"))

    def align(self, prepare: Callable[[Session], Session] | None = None, label: str = "") -> Job | None:
        """Align the pair by the recipe in hand.

        The answer takes the place of the active alignment if features and method are the same, keeping its
        edits; otherwise it stands beside it, so that the two can be compared.

        Parameters
        ----------
        prepare
            Makes of the session, now and when the answer is there, the one that is aligned: part of the same step.
        label
            What the step is called; empty: by the alignment.
        """
        prepare = prepare or (lambda s: s)
        session = prepare(self.document.session)
        pair, recipe, active = session.pair, session.recipe, session.alignment
        if pair is None:
            self.failed.emit(self.tr("Open both A and B first."))
            return None
        same = active is not None and (active.recipe.features, active.recipe.method) == (recipe.features, recipe.method)
        number = active.id if active is not None and same else session.next_id()
        constraints = active.constraints if active is not None else Constraints()
        name, budget = (active.name if active is not None and same else ""), self.budget

        def work(monitor: Monitor) -> Alignment:
            from syncline import pipeline

            return pipeline.align(
                pair,
                features=recipe.features,
                method=recipe.method,
                params=recipe.params,
                constraints=constraints,
                id=number,
                budget=budget,
                preview=lambda ahead: self._ahead.emit(replace(ahead, recipe=recipe, name=name)),
                monitor=monitor.watched(self.round_told.emit),
            )

        def done(answer: Alignment) -> None:
            now = prepare(self.document.session)
            if now.a is not pair.a or now.b is not pair.b or now.truth is not pair.truth:
                return
            answer = replace(answer, recipe=recipe, name=name)
            ghosts = now.ghosts - {number}
            if active is not None and not same and now.active is not None:
                ghosts |= {now.active}
            words = label or self.tr("Align (%1)").replace("%1", answer.label)
            self.document.replace(replace(now.with_alignment(answer), ghosts=ghosts), words)

        self.rounds_began.emit()
        job = self.run(self.tr("Aligning"), work, done)
        job.ended.connect(self._end_ahead)
        return job

    def _prepare(self, change: Change) -> None:
        """Compute again the features that a project or an older step left out, without a step of its own."""
        al = self.document.session.alignment
        if not change & (Change.ALIGNMENTS | Change.FEATURES | Change.INPUTS) or al is None:
            return
        if al.features_a is not None or self._preparing is not None or al.stale:
            return
        if not (al.pair.a.path.exists() and al.pair.b.path.exists()):
            return
        asked = al

        def work(monitor: Monitor) -> Alignment:
            from syncline import pipeline

            return pipeline.with_features(asked, monitor=monitor)

        def done(answer: Alignment) -> None:
            def fill(s: Session) -> Session | None:
                mine = next((x for x in s.alignments if x.id == asked.id), None)
                if mine is None or mine.features_a is not None or mine.recipe is not asked.recipe:
                    return None
                full = replace(mine, features_a=answer.features_a, features_b=answer.features_b)
                if full.resolved is None:
                    full = replace(full, resolved=answer.resolved, reason=answer.reason)
                return s.with_alignment(full, activate=False)

            self.document.complete(self.document.steps[0], fill)

        def ended() -> None:
            self._preparing = None

        self._preparing = self.run(self.tr("Preparing the cost matrix"), work, done)
        self._preparing.ended.connect(ended)

    # -- editing -----------------------------------------------------------------------------------

    def preview_edit(self, constraints: Constraints) -> None:
        """While the hand moves: show the constraints at once, the re-solved path as soon as it is there."""
        al = self.document.session.alignment
        if al is None or al.path is None:
            return
        shown = self.document.shown.alignment
        path = shown.path if shown is not None and shown.id == al.id else al.path
        self._hand = replace(al, constraints=constraints, path=path)
        self.document.preview(self.document.session.with_alignment(self._hand))
        self._live.ask(al, constraints)

    def _answer_live(self, solved: Alignment) -> None:
        if self._hand is None or self._hand.id != solved.id:
            return
        # Between two answers the marker follows the hand; the path is the newest one solved.
        self._hand = replace(
            solved, constraints=self._hand.constraints, solved=solved.constraints, recipe=self._hand.recipe
        )
        self.document.preview(self.document.session.with_alignment(self._hand))

    def _refuse_live(self, constraints: Constraints, sentence: str) -> None:
        if self._hand is not None and self._hand.constraints is constraints:
            self.notice.emit(sentence)

    def abandon_edit(self) -> None:
        """The hand let go without meaning it."""
        self._hand = None
        self._live.stop()
        self.document.preview(None)

    def commit_edit(self, constraints: Constraints, label: str) -> None:
        """Make the edit one undoable step; what it still needs to solve fills that step later."""
        al = self.document.session.alignment
        hand, self._hand = self._hand, None
        self._live.stop()
        if al is None or constraints is al.constraints:
            self.document.preview(None)
            return
        if hand is not None and hand.id == al.id and hand.solved is constraints:
            self.document.replace_alignment(hand, label)
            return
        path = hand.path if hand is not None and hand.id == al.id else al.path
        step = self.document.replace_alignment(replace(al, constraints=constraints, path=path), label)
        question = step.session.alignment
        if question is None or al.path is None:
            return
        recipe = al.recipe

        def done(solved: Alignment) -> None:
            def fill(s: Session) -> Session | None:
                mine = next((x for x in s.alignments if x.id == al.id), None)
                if mine is None or mine.constraints is not constraints or mine.recipe is not recipe:
                    return None
                return s.with_alignment(replace(solved, recipe=recipe, name=mine.name), activate=False)

            self.document.complete(step, fill)

        job = self.jobs.submit(self.tr("Solving"), lambda m: self._solve(al, constraints, m))
        job.succeeded.connect(done)
        job.failed.connect(self._fail)
        job.ended.connect(self._end_ahead)

    # -- alignments --------------------------------------------------------------------------------

    def activate(self, number: int) -> None:
        """Show another alignment as the path."""
        s = self.document.session
        if number != s.active and any(al.id == number for al in s.alignments):
            chosen = next(al for al in s.alignments if al.id == number)
            new = replace(s, active=number, ghosts=s.ghosts - {number}, recipe=chosen.recipe)
            self.document.replace(new, self.tr("Show %1").replace("%1", chosen.label))

    def toggle_ghost(self, number: int) -> None:
        """Draw an alignment thin behind the path, or no longer."""
        s = self.document.session
        self.document.replace(replace(s, ghosts=s.ghosts ^ {number}), self.tr("Compare"))

    def duplicate(self, number: int) -> None:
        """Keep a copy of an alignment to compare with."""
        s = self.document.session
        source = next((al for al in s.alignments if al.id == number), None)
        if source is not None:
            copy = replace(source, id=s.next_id(), name=self.tr("%1 (copy)").replace("%1", source.label))
            kept = replace(s.with_alignment(copy, activate=False), ghosts=s.ghosts | {copy.id})
            self.document.replace(kept, self.tr("Keep a copy"))

    def remove_alignment(self, number: int) -> None:
        """Take an alignment out of the document."""
        s = self.document.session
        kept = tuple(al for al in s.alignments if al.id != number)
        active = s.active if s.active != number else (kept[-1].id if kept else None)
        ghosts = s.ghosts - {number, active if active is not None else number}
        new = replace(s, alignments=kept, active=active, ghosts=ghosts)
        self.document.replace(new, self.tr("Remove alignment"))

    def rename_alignment(self, number: int, name: str) -> None:
        """Give an alignment a name of its own."""
        s = self.document.session
        source = next((al for al in s.alignments if al.id == number), None)
        if source is not None and name.strip() != source.name:
            renamed = s.with_alignment(replace(source, name=name.strip()), activate=False)
            self.document.replace(renamed, self.tr("Rename alignment"))

    # -- results -----------------------------------------------------------------------------------

    def export(self, target: str, format: str | None = None, params: Any = None) -> None:
        """Write the active alignment to a file."""
        al = self.document.session.alignment
        if al is None or al.path is None:
            self.failed.emit(self.tr("There is no alignment to export yet: align first."))
            return

        def work(monitor: Monitor) -> None:
            from syncline import pipeline

            pipeline.export(al, target, format=format, params=params, monitor=monitor)

        self.run(
            self.tr("Exporting %1").replace("%1", Path(target).name), work, lambda _none: self.exported.emit(target)
        )

    def carry_tiers(self, source: str, to: str, target: str) -> None:
        """Write the tiers of a file as they lie on the other side: from A to B if `to` is ``"b"``, else from B to A."""
        al = self.document.session.alignment
        if al is None or al.path is None:
            self.failed.emit(self.tr("There is no path to carry anything along yet: align first."))
            return
        path = al.path

        def work(_monitor: Monitor) -> tuple[str, ...]:
            from syncline.tiers import carry, load_tiers, save_tiers

            carried = carry(load_tiers(source), path, "a" if to == "a" else "b")
            return (*carried.notes, *save_tiers(carried, target))

        def done(notes: tuple[str, ...]) -> None:
            self.exported.emit(target)
            for note in notes:
                self.notice.emit(note)

        self.run(self.tr("Carrying %1").replace("%1", Path(source).name), work, done)

    def save_anchors(self, path: str) -> None:
        """Write the edits of the active alignment as JSON."""
        al = self.document.session.alignment
        if al is None:
            return

        def work(_monitor: Monitor) -> None:
            from syncline.atomic import replacing
            from syncline.edits import anchor_file

            with replacing(Path(path)) as temporary:
                temporary.write_text(anchor_file.dumps(al.constraints), encoding="utf-8")

        self.run(self.tr("Saving anchors"), work, lambda _none: self.exported.emit(path))

    def load_anchors(self, path: str) -> None:
        """Replace the edits of the active alignment by those of a file."""
        al = self.document.session.alignment
        if al is None:
            self.failed.emit(self.tr("Align first; then anchors can be loaded."))
            return

        def work(_monitor: Monitor) -> Constraints:
            from syncline import pipeline

            return pipeline.load_anchors(path, first_id=al.constraints.next_id)

        self.run(self.tr("Loading anchors"), work, lambda c: self.commit_edit(c, self.tr("Load anchors")))
