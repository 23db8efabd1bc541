"""A program to be killed: forks a child a task from a process in which everything is imported already.

Reads one JSON task a line: {"task": name, "folder": …, "seed": …, "delay": seconds after the child is ready until it is
killed (null: let it end)}. Answers one JSON line: {"code": exit code or minus the signal, "copies": n}.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.project.sessions import path_of, rich_session
from syncline.atomic import replacing
from syncline.errors import ProjectError
from syncline.export import ExportJob
from syncline.export.path_csv import PathCsvParams, write
from syncline.model import Anchor, NamedSegments, Pin, Recipe, Segment, Session, Word
from syncline.progress import Monitor
from syncline.project import ProjectLock, find_recoverable, recover, save_project, state_digest
from syncline_workbench.document import Document
from syncline_workbench.journal import Journal


class Log:
    """Lines that outlive the process that wrote them."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


def edited(session: Session, rng: np.random.Generator, serial: int) -> Session:
    """Some edit a person could make."""
    al = session.alignment
    assert al is not None
    c = al.constraints
    kind = rng.integers(9)
    if kind >= 5:
        return edited_pieces(session, rng, serial, int(kind))
    if kind == 0 and len(c.anchors) > 2:
        c = replace(c, anchors=c.anchors[1:])
    elif kind == 1:
        return replace(session, recipe=Recipe(method=f"method {serial}"))
    elif kind == 2:
        return replace(session, ghosts=session.ghosts ^ {4})
    else:
        anchor = Anchor(c.next_id, float(rng.uniform(0, 2)), float(rng.uniform(0, 2)), note=f"{serial}")
        c = replace(c, anchors=tuple(sorted((*c.anchors, anchor), key=lambda x: x.a)), next_id=c.next_id + 1)
    return session.with_alignment(replace(al, constraints=c))


def edited_pieces(session: Session, rng: np.random.Generator, serial: int, kind: int) -> Session:
    """Some edit of a recording and its pieces."""
    recording, segments = session.recordings[0], session.segmentations[0]
    if kind == 5:
        words = list(recording.transcript)
        words.insert(int(rng.integers(len(words) + 1)), Word(f"{serial}", None if serial % 2 else ("a", f"{serial}")))
        return session.with_recording(replace(recording, transcript=tuple(words)))
    if kind == 6:
        at = float(rng.uniform(0, 100))
        own = tuple(
            replace(t, segments=(*t.segments, Segment(at, at if t.points else at + 1, f"{serial}")))
            for t in recording.own
        )
        return session.with_recording(replace(recording, own=own))
    if kind == 7:
        more = NamedSegments(
            session.next_segments_id(), recording.id, transcript=recording.transcript, name=f"{serial}"
        )
        return session.with_segments(more) if len(session.segmentations) < 6 else session.without_segments(more.id - 1)
    tier = segments.tiers.tiers[-1]
    pieces = list(tier.segments)
    k = int(rng.integers(len(pieces)))
    pieces[k] = replace(pieces[k], label=f"{serial}", score=None)
    pins = (*segments.constraints.pins, Pin(tier.name, pieces[k].start, k))
    tiers = segments.tiers.with_tiers([*segments.tiers.tiers[:-1], replace(tier, segments=tuple(pieces))])
    constraints = replace(segments.constraints, pins=pins)
    return session.with_segments(replace(segments, tiers=tiers, constraints=constraints))


def no_reader(_side: str) -> None:
    raise AssertionError("a path needs no media")


def edit(folder: Path, seed: int, ready: int) -> None:
    """Edit, undo, save and export until killed, logging what was done and what was acknowledged."""
    app = QCoreApplication.instance() or QCoreApplication([])
    rng, log = np.random.default_rng(seed), Log(folder)
    document = Document()
    journal = Journal(document)
    project = folder / "p.syncline"
    session = rich_session(folder, seed % 7)
    if seed % 3:
        log("saving", state_digest(session))
        log("op", 0, state_digest(session))
        digest = save_project(session, project)
        log("saved", digest)
        journal.opened(project, digest)
        document.reset(session, "Open")
        log("ack", 0)
    os.write(ready, b"r")
    n = 0

    def told(n: int, digest: str) -> None:
        log("op", n, digest)

    while True:
        n += 1
        kind = rng.integers(12)
        if not document.session.alignments:
            told(n, state_digest(session))
            document.replace(session, "Open")
        elif kind == 0 and document.position > 1:
            told(n, state_digest(document.steps[document.position - 1].session))
            document.undo()
        elif kind == 1 and document.position + 1 < len(document.steps):
            told(n, state_digest(document.steps[document.position + 1].session))
            document.redo()
        elif kind == 2:
            to = int(rng.integers(1 if not seed % 3 else 0, len(document.steps)))
            told(n, state_digest(document.steps[to].session))
            document.jump(to)
        elif kind == 3:
            step = document.steps[document.position]
            al = step.session.alignment
            assert al is not None
            answer = step.session.with_alignment(replace(al, path=path_of(al.pair.a, al.pair.b, n), seconds=float(n)))
            told(n, state_digest(answer))
            document.complete(step, lambda s, asked=step.session, answer=answer: answer if s is asked else None)
        elif kind == 4:
            serial, session_now = document.serial, document.session
            told(n, state_digest(session_now))
            log("saving", state_digest(session_now))
            digest = save_project(session_now, project)
            log("saved", digest)
            document.mark_saved(serial, session_now)
            journal.saved(project, digest)
        elif kind == 5:
            al = document.session.alignments[0]
            assert al.path is not None
            told(n, state_digest(document.session))
            log("export", len(al.path))
            with replacing(folder / "path.csv") as temporary:
                write(ExportJob(al, no_reader, no_reader), temporary, PathCsvParams(), Monitor())
        else:
            new = edited(document.session, rng, n)
            told(n, state_digest(new))
            document.replace(new, "Edit")
        if rng.integers(3):
            while journal.pending:
                app.processEvents()
                time.sleep(0.0003)
            log("ack", n)


def full_disk(folder: Path, seed: int, ready: int) -> None:
    """Save, export and journal under a limit on file sizes; what goes wrong must be said and harm nothing."""
    app = QCoreApplication.instance() or QCoreApplication([])
    rng = np.random.default_rng(seed)
    session = rich_session(folder, seed % 7)
    project, table = folder / "p.syncline", folder / "path.csv"
    save_project(session, project)
    al = session.alignments[0]
    with replacing(table) as temporary:
        write(ExportJob(al, no_reader, no_reader), temporary, PathCsvParams(), Monitor())
    old, old_table = project.read_bytes(), table.read_bytes()
    document = Document()
    journal = Journal(document, folder=folder / "journals")
    said: list[str] = []
    journal.failed.connect(said.append)
    document.replace(session, "Open")
    journal.flush()
    app.processEvents()
    os.write(ready, b"r")
    grown = replace(session, recipe=Recipe(method="x" * 60_000))
    limit = int(rng.integers(1, len(old_table)))
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    failures = []
    try:
        save_project(grown, project)
    except ProjectError as error:
        failures.append(str(error))
    try:
        with replacing(table) as temporary:
            write(ExportJob(al, no_reader, no_reader), temporary, PathCsvParams(), Monitor())
    except Exception as error:
        failures.append(str(error))
    document.replace(grown, "Grow")
    journal.flush()
    app.processEvents()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert len(failures) == 2, failures
    assert all(str(folder) in sentence for sentence in failures), failures
    assert len(said) == 1 and str(folder / "journals") in said[0], said
    assert project.read_bytes() == old, "the old project is as it was"
    assert table.read_bytes() == old_table, "the old table is as it was"
    assert not list(folder.glob("*.part*")) and not list(folder.glob(".*.part*")), "nothing is left over"
    # With room again everything is made good.
    document.replace(replace(grown, active=1), "Go on")
    journal.flush()
    app.processEvents()
    assert not journal.pending
    journal.close(delete=False)
    (found,) = find_recoverable(folder / "journals")
    assert state_digest(recover(found).session) == state_digest(document.session)
    save_project(grown, project)
    found.done()


def hold_lock(folder: Path, seed: int, ready: int) -> None:
    """Hold a project's lock until killed."""
    lock = ProjectLock(folder / "p.syncline")
    # Whoever looks whether it is held holds it for that moment.
    until = time.monotonic() + 2
    while lock.acquire() is not None:
        assert time.monotonic() < until
        time.sleep(0.005)
    os.write(ready, b"r")
    time.sleep(60)


def die_in_recovery(folder: Path, seed: int, ready: int) -> None:
    """Crash while a journal is being recovered."""
    from syncline.project import recovery

    (found,) = find_recoverable()

    def crash(*_: object) -> None:
        os._exit(7)

    recovery.decode = crash  # type: ignore[assignment]
    os.write(ready, b"r")
    recover(found)


TASKS = {t.__name__: t for t in (edit, full_disk, hold_lock, die_in_recovery)}


def run(order: dict[str, object]) -> dict[str, int]:
    """Fork, wait until the child is ready, kill it after the delay."""
    folder = Path(str(order["folder"]))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            TASKS[str(order["task"])](folder, int(str(order["seed"])), writing)
            code = 0
        except BaseException:
            (folder / "traceback").write_text(traceback.format_exc())
        finally:
            os._exit(code)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    copies = 0
    if order["delay"] is not None:
        end = time.monotonic() + float(str(order["delay"]))
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(folder / "p.syncline", folder / f"copy{copies}.syncline")
                copies += 1
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    return {"code": os.waitstatus_to_exitcode(status), "copies": copies}


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        os.environ["SYNCLINE_STATE"] = str(order["state"])
        print(json.dumps(run(order)), flush=True)


if __name__ == "__main__":
    main()
