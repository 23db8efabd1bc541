"""The Compare view: methods and features run side by side in a job, rows shown as they come, some of them kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from syncline.model import AUTO, Constraints
from syncline.model.comparison import Comparison

from .catalogue import FEATURES, SOLVERS, feature_kinds, methods, titles
from .dialogs.compare import Choice, CompareDialog
from .document import Change
from .live import Newest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syncline.model import Alignment, Pair
    from syncline.model.comparison import Row
    from syncline.progress import Monitor

    from .document import Document
    from .jobs import Job
    from .operations import Operations
    from .settings import Settings

__all__ = ["Comparing"]

SIDE = 600
"""Rows of the costs under the paths at most."""
_PATTERNS = ("symmetric2", "symmetricP1")
"""Step patterns of DTW that are offered beside the usual one."""


class Comparing(QObject):
    """One comparison at a time, with its dialog, which lets the user go on with other things."""

    _arrived = Signal(int, object)

    def __init__(self, document: Document, operations: Operations, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._operations, self._settings, self._window = document, operations, settings, window
        self.dialog: CompareDialog | None = None
        self._pair: Pair | None = None
        self._rows: list[Row] = []
        self._found: Comparison | None = None
        self._job: Job | None = None
        self._run = 0
        self._costs = Newest(self.tr("Drawing the costs"), self)
        self._costs.answered.connect(self._drawn)
        self._under: int | None = None
        # Rows come from the job's thread.
        self._arrived.connect(self._add, Qt.ConnectionType.QueuedConnection)
        document.changed.connect(self._changed)

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self.stop()
        self._costs.close()

    # -- asking ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        pair = self._document.session.pair
        if pair is None:
            return
        if self.dialog is None:
            self._pair, self._rows, self._found = pair, [], None
            self.dialog = d = CompareDialog(self._methods(), self._features(), self._window)
            d.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            d.paths.set_colour_map(self._settings.colour_map)
            d.compare_requested.connect(self.compare)
            d.stop_requested.connect(self.stop)
            d.keep_requested.connect(self.keep)
            d.export_requested.connect(self.export)
            d.row_chosen.connect(self._ask_costs)
            d.finished.connect(self._closed)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _methods(self) -> list[Choice]:
        session = self._document.session
        recipe = session.recipe
        out: list[Choice] = [
            Choice(self.tr("Automatic"), self.tr("What suits the features"), AUTO, on=recipe.method == AUTO)
        ]
        if recipe.params is not None and recipe.method != AUTO:
            words = self.tr("{title}, as in the recipe").format(title=SOLVERS[recipe.method].title)
            out.append(
                Choice(words, self.tr("With the parameters of the panel"), (recipe.method, recipe.params), on=True)
            )
        for name, method in methods(SOLVERS, feature_kinds(session)).items():
            out.append(Choice(method.title, method.help, name, on=name in ("dtw", recipe.method)))
            if name == "dtw":
                out += [Choice(f"DTW · {p}", method.help, f"dtw:step_pattern={p}") for p in _PATTERNS]
        return out

    def _features(self) -> list[Choice]:
        session = self._document.session
        recipe = session.recipe.features
        out = [Choice(self.tr("Automatic"), self.tr("By what the two files are"), "auto", on=True)]
        if not recipe.automatic:
            words = self.tr("{title}, as in the recipe").format(title=titles(recipe))
            out.append(Choice(words, self.tr("With the weights of the panel"), recipe, on=True))
        out += [Choice(m.title, m.help, name) for name, m in methods(FEATURES, feature_kinds(session)).items()]
        return out

    def _changed(self, change: Change) -> None:
        s, pair = self._document.session, self._pair
        other = pair is not None and (s.a is not pair.a or s.b is not pair.b)
        if self.dialog is not None and change & Change.INPUTS and other:
            self.dialog.close()

    def _closed(self) -> None:
        self.dialog = None
        self.stop()
        # Rows hold the features they compared.
        self._rows, self._found = [], None

    # -- comparing ---------------------------------------------------------------------------------

    def compare(self, chosen: list[Any], features: list[Any]) -> None:
        """Run every method on every choice of features."""
        session = self._document.session
        pair, active = session.pair, session.alignment
        if pair is None or self.dialog is None:
            return
        self._pair, self._rows, self._found, self._under = pair, [], None, None
        self._run += 1
        number, budget = self._run, self._operations.budget
        constraints = active.constraints if active is not None else Constraints()
        self.dialog.show_rows([], (1.0, 1.0))

        def work(monitor: Monitor) -> Comparison:
            from syncline.comparison import compare

            return compare(
                pair,
                chosen,
                features,
                constraints=constraints,
                budget=budget,
                show=lambda row: self._arrived.emit(number, row),
                monitor=monitor,
            )

        def done(found: Comparison) -> None:
            if number == self._run:
                self._found = found

        self._job = job = self._operations.run(self.tr("Comparing methods"), work, done)
        job.progressed.connect(lambda: self._tell(job))
        job.ended.connect(lambda: self._ended(job))
        self.dialog.show_running(on=True)

    def stop(self) -> None:
        """Stop what is compared; the rows that came stay."""
        if self._job is not None:
            self._job.cancel()

    def _tell(self, job: Job) -> None:
        if self.dialog is not None and job is self._job:
            self.dialog.show_progress(job.fraction, job.label)

    def _ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            if self.dialog is not None:
                self.dialog.show_running(on=False)

    def _add(self, number: int, row: Row) -> None:
        if number != self._run or self.dialog is None:
            return
        self._rows.append(row)
        paths = [r.path for r in self._rows if r.path is not None]
        span = tuple(max((float(getattr(p, s)[-1]) for p in paths), default=1.0) for s in ("a_times", "b_times"))
        self.dialog.show_rows(self._rows, (span[0], span[1]))
        if self._under is None and row.path is not None:
            self._ask_costs(len(self._rows) - 1)

    # -- the costs under the paths -------------------------------------------------------------------

    def _ask_costs(self, k: int) -> None:
        al = self._rows[k].alignment
        if al is None or al.path is None or (al.features_a is None and al.path.views is None) or k == self._under:
            return
        self._under = k
        self._costs.ask((self._run, k), lambda _monitor: _codes(al))

    def _drawn(self, key: object, codes: NDArray[np.uint8] | None) -> None:
        if self.dialog is not None and key == (self._run, self._under):
            self.dialog.show_costs(codes)

    # -- what is kept --------------------------------------------------------------------------------

    def keep(self, rows: list[int]) -> None:
        """Put rows into the document as one step: the first becomes the path, the others and the old one ghosts."""
        session, pair = self._document.session, self._pair
        found = [al for k in rows if (al := self._rows[k].alignment) is not None and al.resolved is not None]
        if not found or pair is None or session.a is not pair.a or session.b is not pair.b:
            return
        old = session.active
        kept: list[Alignment] = []
        for al in found:
            # The truth may have been loaded since.
            mine = replace(al, id=session.next_id(), pair=replace(al.pair, truth=session.truth))
            session = session.with_alignment(mine, activate=False)
            kept.append(mine)
        ghosts = session.ghosts | {al.id for al in kept[1:]} | ({old} if old is not None else set())
        session = replace(session, active=kept[0].id, ghosts=ghosts - {kept[0].id}, recipe=kept[0].recipe)
        self._document.replace(session, self.tr("Keep %1").replace("%1", ", ".join(al.label for al in kept)))

    def export(self, target: str) -> None:
        """Write the table to a file, of a comparison that was stopped the rows that came."""
        pair, rows = self._pair, tuple(self._rows)
        if pair is None or not rows:
            return
        first = next((f"{r.method}, {r.features}" for r in rows if r.path is not None), "")
        found = self._found or Comparison(pair, rows, "truth" if pair.truth is not None else first)

        def work(_monitor: Monitor) -> None:
            from syncline.comparison import export_comparison

            export_comparison(found, target)

        self._operations.run(self.tr("Exporting the table"), work, lambda _none: self._operations.exported.emit(target))


def _codes(alignment: Alignment) -> NDArray[np.uint8] | None:
    """Costs as 0..255, uint8 (rows of B, rows of A), at most `SIDE` a side; None where sides do not compare."""
    from syncline import pipeline
    from syncline.cost import tile
    from syncline.model import LocalCost

    path = alignment.path
    if path is not None and path.views is not None:
        cost = LocalCost(*path.views)
    elif alignment.features_a is not None and alignment.features_b is not None:
        if alignment.features_a.values.shape[1] != alignment.features_b.values.shape[1]:
            return None
        cost = pipeline.local_cost(alignment)
    else:
        return None
    n, m = cost.shape
    some = tile(cost, slice(0, n, -(-n // SIDE)), slice(0, m, -(-m // SIDE))).T
    low, high = np.quantile(some, [0.01, 0.97])
    return np.clip((some - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
