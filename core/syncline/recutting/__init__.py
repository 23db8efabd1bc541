"""Pieces of a recording, solved again at once as boundaries are set: the library behind the Segment workspace.

`prepare` does what is slow, once: it listens, describes, measures. `solve` cuts or lays the transcript; after an edit
(`edits.pieces.apply`) `resolve` solves again what lies between boundaries that are set, and gives what `solve` would.

>>> recording = open_recording("talk.wav")
>>> prepared = prepare(recording, SegmentRecipe("changepoints"))
>>> found = solve(prepared, recording, NamedSegments(1, recording.id))
>>> recording, found = edit_segments(prepared, recording, found, [Move("changes", 3, False, 2.5)])
"""

from ._findings import Compared, Doubt, compared, doubtful, snaps, trellis
from ._penalties import penalties
from ._prepared import Prepared, prepare
from ._script import edit_segments, open_recording, set_boundaries
from ._solve import resolve, solve

__all__ = [
    "Compared",
    "Doubt",
    "Prepared",
    "compared",
    "doubtful",
    "edit_segments",
    "open_recording",
    "penalties",
    "prepare",
    "resolve",
    "set_boundaries",
    "snaps",
    "solve",
    "trellis",
]
