"""CTC: from frames to labels in four stages, and the trellis that sums over all paths and finds the best."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..match_ramp import shares
from .board import Board, Chip, Chips, Heat
from .lesson import Line, Page
from .segment_case import SegmentLesson, Stretch
from .sheet import Sheet, figure
from .toggles import Toggle

__all__ = ["CollapseLesson", "TrellisLesson", "chance"]

BLANK = "∅"


def chance(log_prob: float) -> str:
    """A probability from its logarithm, with three figures however small."""
    if log_prob == -math.inf:
        return "0"
    if log_prob > math.log(1e-3):
        return f"{math.exp(log_prob):.3g}"
    ten = math.floor(log_prob / math.log(10))
    return f"{math.exp(log_prob - ten * math.log(10)):.2f}·10{_raised(ten)}"


def _raised(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


class _StretchLesson(SegmentLesson):
    """What both lessons know of the frames."""

    @property
    def stretch(self) -> Stretch:
        """The frames in hand."""
        return self.problem.stretch

    def name(self, column: int) -> str:
        """A label as it is drawn."""
        e = self.stretch.emissions
        return BLANK if column == e.blank else e.labels[column]

    def heads(self) -> tuple[str, ...]:
        """Frames, by when they begin."""
        if self.made_up:
            return tuple(str(t + 1) for t in range(len(self.stretch.times)))
        return tuple(f"{t:.2f}" for t in self.stretch.times.tolist())

    def where(self) -> tuple[Line, ...]:
        """Which frames these are, if not all."""
        s = self.stretch
        if self.made_up:
            return (self.example(self.tr("A worked example: four frames, the labels a and b.")),)
        words = self.tr("“{word}” from {start} s on, in frames of {step} ms.").format(
            word=s.word, start=f"{s.times[0]:.2f}", step=f"{1000 * s.emissions.step:.3g}"
        )
        if not s.whole:
            words += " " + self.tr("Its first {n} labels.").format(n=len(s.labels))
        if s.left_out:
            words += " " + self.tr("{n} frames in which nothing changes are left out.").format(n=s.left_out)
        found = [Line(words, "muted")]
        if s.trouble:
            found.append(Line(self.tr("The transcript can't be laid here: {why}").format(why=s.trouble), "warn"))
        return tuple(found)


class CollapseLesson(_StretchLesson):
    """Walks `syncline.solvers.segment.steps.collapse_steps`."""

    method = "ctc"
    _greedy = False

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 2200, 1

    @property
    def path(self) -> tuple[int, ...]:
        """The path that collapses."""
        return self.stretch.greedy if self._greedy or not self.stretch.said else self.stretch.path

    def start(self) -> Iterator[Any]:
        steps = self.teachers.steps(self.method)
        assert steps is not None
        return steps(self.problem, self.path)

    def toggles(self) -> tuple[Toggle, ...]:
        return (
            Toggle(
                "greedy",
                self.tr("Without the transcript"),
                self.tr("The most probable label of every frame, in the place of the best path to the transcript."),
                on=self._greedy or not self.stretch.said,
                able=self.stretch.said,
            ),
        )

    def set_toggle(self, name: str, on: bool) -> None:
        self._greedy = on

    # -- pages -----------------------------------------------------------------------------------------

    def page(self, state: Any, number: int) -> Page:
        title, lines = getattr(self, "_" + state.kind)(state)
        extra = self.where() if state.kind in ("emissions", "paths") else ()
        return Page(title, (*lines, *extra), picture=self._board(state))

    def _emissions(self, s: Any) -> tuple[str, list[Line]]:
        return self.tr("CTC — from frames to labels: the emissions"), [
            Line(
                self.tr("A model says of every frame how likely each label is; ∅, the blank, stands for none."),
                "strong",
            ),
            Line(self.tr("Brighter is likelier. Frames are many, labels few: which frames are which label?")),
        ]  # fmt: skip

    def _path(self, s: Any) -> tuple[str, list[Line]]:
        if self.path is self.stretch.path:
            first = self.tr(
                "π gives every frame a label or the blank: here the most probable path to “{word}”."
            ).format(word=self._labels())
        else:
            first = self.tr("π gives every frame a label or the blank: here the likeliest of each frame by itself.")
        return self.tr("CTC — from frames to labels: a path π"), [
            Line(first, "strong"),
            Line(
                self.tr("Frames count as independent, so that p(π) is the product along the line: {p}.").format(
                    p=chance(s.path_log_prob)
                )
            ),
        ]

    def _merge(self, s: Any) -> tuple[str, list[Line]]:
        merged = sum(r.stop - r.start > 1 for r in s.runs)
        words = self.tr("{n} frames become {m}.").format(n=len(s.path), m=len(s.runs))
        if not merged:
            words = self.tr("Here no frame repeats the one before.")
        return self.tr("CTC — from frames to labels: merge repeats"), [
            Line(self.tr("First repeats are merged: a label that lasts several frames is one label."), "strong"),
            Line(words),
        ]

    def _drop(self, s: Any) -> tuple[str, list[Line]]:
        labels = [s.runs[k].column for k in s.kept]
        again = sum(a == b for a, b in pairwise(labels))
        lines = [Line(self.tr("Then blanks are dropped; what is left are the labels l = B(π)."), "strong")]
        if again:
            lines.append(
                Line(self.tr("Equal neighbours stay two only because a blank stood between them, when repeats merged."))
            )
        else:
            lines.append(Line(self.tr("In this order: a blank between two equal labels would keep them apart.")))
        wanted = tuple(labels) == tuple(self.stretch.labels)
        if self._greedy and self.stretch.said and not wanted:
            lines.append(
                Line(
                    self.tr("Not “{word}”: the best path of the frames need not be the best labelling.").format(
                        word=self._labels()
                    ),
                    "warn",
                )
            )
        return self.tr("CTC — from frames to labels: drop blanks"), lines

    def _paths(self, s: Any) -> tuple[str, list[Line]]:
        return self.tr("CTC — from frames to labels: all paths"), [
            Line(
                self.tr("{n} paths collapse to these labels; together P = {p}, ln P = {log}.").format(
                    n=f"{s.count:,}", p=chance(s.log_prob), log=figure(s.log_prob, 3)
                ),
                "strong",
            ),
            Line(self.tr("Shown are the most probable; the next lesson sums all of them, frame by frame.")),
        ]  # fmt: skip

    def _labels(self) -> str:
        return "".join(self.name(c) for c in self.stretch.labels)

    # -- drawing -----------------------------------------------------------------------------------------

    def _board(self, s: Any) -> Board:
        n = len(self.stretch.times)
        blank = self.stretch.emissions.blank
        sum_ = self.tr(
            "P(l | x) = Σ over all π with B(π) = l — the trellis sums them with the forward–backward recursion; "
            "forced alignment keeps the best one."
        )
        labels = self._chips([s.runs[k].column for k in s.kept], "good", blank)
        last = Chips(self.tr("drop blanks: labels l = B(π)"), labels, 4)
        if s.kind == "paths":
            rows = [
                Chips(
                    self.tr("p(π) = {p}").format(p=chance(log)),
                    self._chips(path, "a", blank),
                )
                for path, log in s.paths
            ]
            return Board(n, (*rows, last), self.heads(), sum_)
        shown: list[int] = [blank, *dict.fromkeys(c for c in (*self.path, *self.stretch.labels) if c != blank)]
        where = {c: k for k, c in enumerate(shown)}
        heat = Heat(
            self.tr("emissions"),
            tuple(self.name(c) for c in shown),
            np.exp(s.log_probs[:, shown]).T,
            tuple(where[c] for c in s.path),
            1,
        )
        runs = s.runs
        links = tuple(tuple(range(r.start, r.stop)) for r in runs)
        rows = (
            heat,
            Chips(self.tr("path π over the frames"), self._chips(s.path, "a", blank), 2),
            Chips(self.tr("merge repeats"), self._chips([r.column for r in runs], "b", blank), 3, links),
            Chips(last.caption, labels, 4, tuple((k,) for k in s.kept)),
        )
        return Board(n, rows, self.heads(), sum_, newest=("emissions", "path", "merge", "drop").index(s.kind))

    def _chips(self, columns: Sequence[int], role: str, blank: int) -> tuple[Chip, ...]:
        return tuple(Chip(self.name(c), "muted" if c == blank else role) for c in columns)


class TrellisLesson(_StretchLesson):
    """Walks `syncline.solvers.segment.steps.trellis_steps`."""

    method = "trellis"
    below = False
    _logs: bool | None = None

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 900, 1

    @property
    def logs(self) -> bool:
        """Logarithms are shown: of a few frames plain numbers are, unless nothing is left of them."""
        if self._logs is not None:
            return self._logs
        s = self.stretch
        best = s.emissions.log_probs[np.arange(len(s.path)), list(s.path)]
        return float(best.sum()) < math.log(0.02)

    def toggles(self) -> tuple[Toggle, ...]:
        return (
            Toggle(
                "logs",
                self.tr("Logarithms"),
                self.tr("What is really added up: of thousands of frames no plain number would be left."),
                on=self.logs,
            ),
        )

    def set_toggle(self, name: str, on: bool) -> None:
        self._logs = on

    def page(self, state: Any, number: int) -> Page:
        return getattr(self, "_" + state.kind)(state)

    # -- pages -----------------------------------------------------------------------------------------

    def _emissions(self, s: Any) -> Page:
        lines = (
            Line(self.tr("Down: the labels, with blanks before, between and after. Across: the frames."), "strong"),
            Line(
                self.tr(
                    "From frame to frame a path stays, goes down by one, or passes over a blank between two different "
                    "labels. Wanted: the sum over all of them, without walking each."
                )
            ),
            *self.where(),
        )  # fmt: skip
        return Page(self.tr("CTC trellis — the frames"), lines, self._sheet(s, s.emit, heat=np.exp(s.emit)))

    def _forward(self, s: Any) -> Page:
        t, before = s.frame, s.frame - 1
        lines = [
            Line(self.tr("α: all beginnings of paths that are at a state in frame {t}.").format(t=t + 1), "strong"),
        ]
        if t == 0:
            lines.append(Line(self.tr("A path begins in the first blank or in the first label.")))
        else:
            at = int(np.argmax(np.where(np.arange(len(s.states)) > 0, s.alpha[t], -np.inf)))
            parts = [
                f"{self._word(s.alpha[before, r])} {word}"
                for r, word in self._from(s, at)
                if np.isfinite(s.alpha[before, r])
            ]
            if parts:
                lines.append(
                    Line(
                        self.tr("“{state}”, row {row}: ({parts}) × {p} = {alpha}").format(
                            state=self.name(s.states[at]), row=at + 1, parts=" + ".join(parts),
                            p=self._word(s.emit[t, at]), alpha=self._word(s.alpha[t, at]),
                        ),
                        "good",
                    )
                )  # fmt: skip
            if self.logs:
                lines.append(
                    Line(self.tr("The table has their logarithms, so that nothing runs out of figures."), "muted")
                )
        if t == len(s.emit) - 1:
            total = np.logaddexp.reduce(s.alpha[-1, -2:])
            lines.append(
                Line(
                    self.tr("A path ends in the last label or the blank after it: P = {p}, ln P = {log}.").format(
                        p=chance(float(total)), log=figure(float(total), 4)
                    ),
                    "good",
                )
            )
        return Page(self.tr("CTC trellis — forward, frame {t}").format(t=t + 1), tuple(lines),
                    self._sheet(s, s.alpha, column=t))  # fmt: skip

    def _from(self, s: Any, at: int) -> list[tuple[int, str]]:
        """States before a state, and how one comes from there."""
        found = [(at, self.tr("stayed"))]
        if at:
            found.append((at - 1, self.tr("from above")))
        blank = s.states[0]
        if at > 1 and s.states[at] != blank and s.states[at] != s.states[at - 2]:
            found.append((at - 2, self.tr("over the blank")))
        return found

    def _backward(self, s: Any) -> Page:
        lines = [
            Line(
                self.tr("β: all ways on from a state in frame {t} to the end, that frame not counted.").format(
                    t=s.frame + 1
                ),
                "strong",
            )
        ]
        if s.frame == len(s.emit) - 1:
            lines.append(Line(self.tr("At the end there is one way on, none, from the last label and the last blank.")))
        else:
            both = np.logaddexp.reduce(s.alpha[s.frame] + s.beta[s.frame])
            lines.append(
                Line(
                    self.tr("α · β, summed over this frame, is P again: {p}.").format(p=chance(float(both))), "good"
                )
            )  # fmt: skip
        return Page(self.tr("CTC trellis — backward, frame {t}").format(t=s.frame + 1), tuple(lines),
                    self._sheet(s, s.beta, column=s.frame))  # fmt: skip

    def _posterior(self, s: Any) -> Page:
        lines = (
            Line(self.tr("α · β / P: how probable each state is in a frame. Every frame sums to 1."), "strong"),
            Line(
                self.tr(
                    "Added up by label it is the occupancy; its difference from the emissions is what a network learns "
                    "from, and how sure it is of a label is what the table of segments calls p."
                )
            ),
        )  # fmt: skip
        return Page(
            self.tr("CTC trellis — posteriors"),
            lines,
            self._sheet(s, s.posterior, heat=s.posterior, plain=True),
        )

    def _best(self, s: Any) -> Page:
        lines = (
            Line(self.tr("Forced alignment: the same table, with the greatest in the place of the sum."), "strong"),
            Line(
                self.tr("The best path has p = {p}, of P = {all}.").format(
                    p=chance(s.best_log_prob), all=chance(s.log_prob)
                )
            ),
        )
        return Page(self.tr("CTC trellis — the best path"), lines, self._sheet(s, s.best))

    def _back(self, s: Any) -> Page:
        at = s.path[0]
        lines = [Line(self.tr("Backwards from the better of the two ends: each cell remembers where it came from."),
                      "strong")]  # fmt: skip
        if s.frame == 0:
            lines.append(Line(self.tr("This is the first frame: the path is complete.")))
        else:
            origin = int(s.origin[s.frame, at])
            how = dict(self._from(s, at))[origin]
            lines.append(
                Line(
                    self.tr("“{state}” in frame {t}: {how}, “{before}”.").format(
                        state=self.name(s.states[at]), t=s.frame + 1, how=how, before=self.name(s.states[origin])
                    )
                )
            )
        return Page(self.tr("CTC trellis — back from frame {t}").format(t=s.frame + 1), tuple(lines),
                    self._sheet(s, s.best, path=s.path, first=s.frame))  # fmt: skip

    def _aligned(self, s: Any) -> Page:
        path = " ".join(self.name(s.states[k]) for k in s.path)
        lines = (
            Line(self.tr("The path: {path}").format(path=path), "good"),
            Line(
                self.tr("A label begins where the path reaches it and ends where it leaves it: the pieces.")
            ),
            Line(self.tr("Bright: probable by all paths together. Framed: the best path."), "muted"),
        )  # fmt: skip
        names = tuple(self.name(s.states[k]) for k in s.path)
        return Page(
            self.tr("CTC trellis — aligned"),
            lines,
            self._sheet(s, s.posterior, heat=s.posterior, plain=True, path=s.path, first=0, below=("π", names)),
        )

    # -- drawing ---------------------------------------------------------------------------------------

    def _word(self, log_prob: float) -> str:
        return chance(float(log_prob))

    def _sheet(
        self, s: Any, logs: np.ndarray, *, column: int | None = None, heat: np.ndarray | None = None,
        plain: bool = False, path: Sequence[int] = (), first: int = 0, below: tuple[str, tuple[str, ...]] | None = None,
    ) -> Sheet:  # fmt: skip
        logarithms = self.logs and not plain
        values = logs if logarithms or plain else np.exp(logs)
        on = np.zeros(s.emit.T.shape, np.bool_)
        for k, state in enumerate(path):
            on[state, first + k] = True
        return Sheet(
            values.T,
            tuple(self.name(c) for c in s.states),
            self.heads(),
            2 if logarithms or plain else 3,
            boxed=on if heat is not None and len(path) else None,
            ringed=on if heat is None and len(path) else None,
            heat=None if heat is None else shares(heat.T, 0.0, 1.0),
            entering=column,
            below=below,
            widest=(("−00.00" if logarithms else "0.000"), ""),
        )
