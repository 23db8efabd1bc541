"""What the matching came to: its weight, how it was found, how far it can be believed, and how right it is."""

from __future__ import annotations

from functools import reduce
from operator import add

from PySide6.QtWidgets import QVBoxLayout, QWidget

from syncline.model import CaptionMatch, MatchErrors, SceneMatch, Session

from ..document import Change, Document
from .clock import format_seconds
from .figures import Figure, Figures
from .match_shown import Shown
from .plain import Notice, heading, label

__all__ = ["MatchResultPanel"]


class MatchResultPanel(QWidget):
    """Figures of the matching shown, of the caption in hand."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("match-result")
        self._document = document
        self.warning = Notice("warn")
        self.figures, self.truth, self.whole = Figures(), Figures(), Figures()
        self._empty = label(self.tr("Not matched yet."), "muted")
        self._truth_heading = heading(self.tr("Against the truth"))
        self._whole_heading = heading(self.tr("All pictures"))
        for title in (self._truth_heading, self._whole_heading):
            title.setContentsMargins(0, 8, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("Result")))
        for part in (
            self._empty, self.figures, self.warning, self._truth_heading, self.truth, self._whole_heading, self.whole,
        ):  # fmt: skip
            column.addWidget(part)
        column.addStretch(1)
        document.changed.connect(self._changed)
        self._draw()

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        shown, match = Shown.of(session), session.match
        part = None if shown is None else shown.part
        self._empty.setVisible(part is None)
        self.figures.setVisible(part is not None)
        notes: tuple[str, ...] = ()
        if match is not None and part is not None and shown is not None:
            self.figures.show_figures(self._of_matching(shown, match, part))
            notes = (*match.notes, *part.matching.notes)
        self.warning.say("\n".join(dict.fromkeys(notes)))
        errors = match.errors if match is not None and part is not None else None
        whole = self._of_all(session)
        for title, place, found in (
            (self._truth_heading, self.truth, errors),
            (self._whole_heading, self.whole, whole),
        ):
            title.setVisible(found is not None)
            place.setVisible(found is not None)
            if found is not None:
                place.show_figures(self._of_errors(found))

    @staticmethod
    def _of_all(session: Session) -> MatchErrors | None:
        """Errors of all pictures together, if more than one was judged."""
        newest = {m.scene: m for m in session.matchings}
        if session.named_match is not None:
            newest[session.named_match.scene] = session.named_match
        found = [m.match.errors for m in newest.values() if m.match.errors is not None]
        return reduce(add, found) if len(found) > 1 else None

    def _of_matching(self, shown: Shown, match: SceneMatch, part: CaptionMatch) -> list[Figure]:
        m = part.matching
        linked_a, linked_b = {a for a, _ in shown.links}, {b for _, b in shown.links}
        figures = [
            Figure(self.tr("Total weight"), _number(m.total), self.tr("Sum of the similarities of all links")),
            Figure(
                self.tr("Linked"),
                self.tr("{a}/{n} objects · {b}/{m} phrases").format(
                    a=len(linked_a), n=len(shown.rows), b=len(linked_b), m=len(shown.columns)
                ),
            ),
            Figure(
                self.tr("Solved in"),
                format_seconds(match.seconds),
                self.tr("All captions of the picture, compared already"),
            ),
        ]
        proof = part.answer.certificate
        if proof is not None and abs(proof.gap) <= 1e-9 * max(1.0, abs(proof.bound)):
            about = self.tr("Dual potentials show that no matching has a smaller cost: the gap is {gap}.")
            figures.append(Figure(self.tr("Optimal"), self.tr("proved"), about.format(gap=f"{abs(proof.gap):.1g}")))
        figures += [f for key, value in m.figures.items() if (f := self._known(key, value)) is not None]
        return figures

    def _known(self, key: str, value: float) -> Figure | None:
        """A named figure of a solver in words; None for those that say nothing to a user."""
        words = {
            "entropy": (self.tr("Entropy"), self.tr("In nats: how evenly the weights are spread")),
            "entropy_share": (self.tr("Entropy, share"), self.tr("Of the largest possible; 100 % says nothing at all")),
            "from_uniform": (
                self.tr("From uniform"),
                self.tr("Share of the mass that lies elsewhere than if all were shared out evenly; 0 says nothing"),
            ),
            "marginal_error": (
                self.tr("Marginal error"),
                self.tr("How far the sums of rows and columns are from the masses, of a mass of 1"),
            ),
            "mass": (self.tr("Mass linked"), self.tr("Of a mass of 1")),
            "sweeps": (self.tr("Sweeps"), ""),
            "rounds": (self.tr("Iterations"), self.tr("How often lines were drawn")),
            "iterations": (self.tr("Pivots"), ""),
            "integrality": (self.tr("From whole numbers"), self.tr("0: the vertex found is a matching")),
            "tried": (self.tr("Matchings tried"), ""),
        }
        if key not in words:
            return None
        name, about = words[key]
        if key in ("entropy_share", "from_uniform", "mass"):
            return Figure(name, f"{100 * value:.0f} %", about)
        if key in ("sweeps", "rounds", "iterations", "tried"):
            return Figure(name, f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}"), about)
        return Figure(name, _number(value), about)

    def _of_errors(self, e: MatchErrors) -> list[Figure]:
        share = self.tr("A link is right if its box overlaps one of the phrase's by an IoU of {iou}").format(
            iou=f"{e.iou:g}"
        )
        return [
            Figure("F1", f"{e.f1:.3f}", self.tr("Harmonic mean of precision and recall")),
            Figure(self.tr("Precision"), f"{e.precision:.3f}", f"{e.right}/{e.links}. {share}"),
            Figure(
                self.tr("Recall"),
                f"{e.recall:.3f}",
                self.tr("{found} of {n} phrases have a right link").format(found=e.found, n=e.phrases),
            ),
            Figure("AER", f"{e.aer:.3f}", self.tr("Alignment error rate (Och and Ney 2003); 0 is best")),
            Figure(self.tr("Phrases judged"), str(e.phrases)),
        ]


def _number(x: float) -> str:
    if x == 0 or abs(x) >= 0.005:
        return f"{x:.2f}".replace("-", "−")
    return f"{x:.1e}".replace("-", "−")
