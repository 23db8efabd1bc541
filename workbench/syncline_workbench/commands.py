"""What each action does: asks for what is missing (a file name, a yes), then tells operations or the player."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from syncline.errors import SynclineError
from syncline.model import Constraints, FeatureRecipe, FeatureTerm, Session

from .warming import prepare, warm_up

if TYPE_CHECKING:
    from .document import Document
    from .jobs import Job, Jobs
    from .match_operations import MatchOperations
    from .operations import Operations
    from .playback import Playback
    from .projects import Projects
    from .settings import Settings

__all__ = ["Commands"]

PROJECT = ".syncline"


class Commands(QObject):
    """Carries out actions for one window."""

    selected = Signal(object)
    """Id of the constraint chosen here, None for none."""

    def __init__(
        self,
        document: Document,
        operations: Operations,
        projects: Projects,
        playback: Playback,
        matching: MatchOperations,
        jobs: Jobs,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._projects = document, operations, projects
        self._playback, self._matching = playback, matching
        self._jobs, self._settings, self._window = jobs, settings, window
        self.selection: int | None = None
        self.open_here: Callable[[list[str]], None] | None = None
        """Who opens what is neither a project nor pictures, in the place of A and B."""

    # -- asking ------------------------------------------------------------------------------------

    def _file(self, title: str, patterns: list[str], then: Callable[[str], None], save: str = "") -> None:
        """Ask for a file without blocking, then call `then` with its path."""
        dialog = QFileDialog(self._window, title, self._settings.folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(patterns)
        if save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(Path(save).suffix.lstrip("."))
            dialog.selectFile(save)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

        def chosen(path: str) -> None:
            self._settings.folder = str(Path(path).parent)
            then(path)

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _media_patterns(self) -> list[str]:
        return [
            self.tr(
                "Video, sound, features (*.mp4 *.mov *.m4v *.mkv *.webm *.avi *.mpg *.mpeg *.ts *.mxf *.flv "
                "*.wav *.flac *.ogg *.mp3 *.m4a *.aac *.aif *.aiff *.npy *.npz *.csv *.tsv *.mat *.h5 *.hdf5 *.amc)"
            ),
            self.tr("All files (*)"),
        ]

    def when_kept(self, then: Callable[[], None]) -> None:
        """Call `then` once unsaved changes were saved or given up; not at all if the user thinks better of it."""
        if not self._document.dirty or empty(self._document.session):
            then()
            return
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Syncline")
        box.setText(self.tr("Save the changes to “%1”?").replace("%1", self.name))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)

        def answered(code: int) -> None:
            if code == button.Discard:
                then()
            elif code == button.Save:
                self.save(then)

        box.finished.connect(answered)
        box.open()

    # -- files -------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the project is called."""
        path = self._projects.path
        return self.tr("untitled") if path is None else Path(path).name

    def open_words(self, words: list[str]) -> None:
        """Open what the command line named: ``--demo``, a project, or one or two media."""
        files = [str(Path(w).absolute()) for w in words if not w.startswith("--")]
        if "--demo" in words:
            self._projects.open_demo()
        elif files:
            self.open_files(files)

    def open_files(self, paths: list[str]) -> None:
        """Open dropped or named files: a project by itself, pictures to match, else media."""
        from .match_commands import takes

        projects = [p for p in paths if Path(p).suffix.lower() == PROJECT]
        if projects:
            self.when_kept(lambda: self._projects.open_project(projects[0]))
            return
        pictures = [p for p in paths if takes(p)]
        if self.open_here is not None and (not pictures or not all(map(takes, paths))):
            self.open_here(paths)
        elif pictures:
            self._matching.open_paths(pictures)
        else:
            self._operations.open_paths(paths)

    def open_on(self, side: str, paths: list[str]) -> None:
        """Open files that were dropped on a side; more than one are A and B."""
        from .match_commands import takes

        if len(paths) == 1 and side and Path(paths[0]).suffix.lower() != PROJECT and not takes(paths[0]):
            self.open_side(side, paths[0])
        else:
            self.open_files(paths)

    def open_side(self, side: str, path: str) -> None:
        """Open `path` as A or B."""
        if side == "a":
            self._operations.open_a(path)
        else:
            self._operations.open_b(path)

    def ask_side(self, side: str) -> None:
        """Ask for a file and open it as A or B."""
        title = self.tr("Open A") if side == "a" else self.tr("Open B")
        self._file(title, self._media_patterns(), lambda path: self.open_side(side, path))

    def locate(self, side: str) -> None:
        """Ask where a missing file is now."""
        media = self._document.session.a if side == "a" else self._document.session.b
        if media is not None:
            title = self.tr("Locate “%1”").replace("%1", media.name)
            self._file(title, self._media_patterns(), lambda path: self._projects.relocate(side, path))

    def new(self) -> None:
        """Begin an empty project."""
        self.when_kept(self._projects.new)

    def open_project(self) -> None:
        """Ask for a project."""
        patterns = [self.tr("Syncline projects (*.syncline)"), self.tr("All files (*)")]

        def ask() -> None:
            self._file(self.tr("Open project"), patterns, self._projects.open_project)

        self.when_kept(ask)

    def demo(self) -> None:
        """Open the demo."""
        self.when_kept(self._projects.open_demo)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save where the project lies, or ask where."""
        path = self._projects.path
        if path is None:
            self.save_as(then)
        else:
            self._save(str(path), then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask where to save."""
        session = self._document.session
        stem = "alignment" if session.a is None else Path(session.a.name).stem
        if without_media(session) and session.active_scene is not None:
            stem = session.active_scene.picture.path.stem
        elif without_media(session) and session.active_recording is not None:
            stem = session.active_recording.media.path.stem
        patterns = [self.tr("Syncline projects (*.syncline)")]
        name = self.name if self._projects.path is not None else stem + PROJECT
        self._file(self.tr("Save project"), patterns, lambda path: self._save(path, then), save=name)

    def _save(self, path: str, then: Callable[[], None] | None) -> None:
        job = self._projects.save(path)
        if then is not None and job is not None:
            # Queued: whoever listens to the same answer marks the document saved first.
            job.succeeded.connect(lambda _answer: then(), Qt.ConnectionType.QueuedConnection)

    def load_truth(self) -> None:
        """Ask for a file of known correspondences."""
        patterns = [self.tr("Correspondences (*.csv *.tsv *.json *.npy *.npz)"), self.tr("All files (*)")]
        self._file(self.tr("Load truth"), patterns, self._operations.load_truth)

    def load_anchors(self) -> None:
        """Ask for a file of anchors."""
        self._file(self.tr("Load anchors"), [self.tr("Anchors (*.json)")], self._operations.load_anchors)

    def save_anchors(self) -> None:
        """Ask where to write the anchors."""
        self._file(
            self.tr("Save anchors"),
            [self.tr("Anchors (*.json)")],
            self._operations.save_anchors,
            save="anchors.json",
        )

    # -- recipe ------------------------------------------------------------------------------------

    def use_features(self, names: tuple[str, ...]) -> None:
        """Compare by these features from the next Align on; none: let the program choose."""
        terms = tuple(FeatureTerm(name) for name in names)
        recipe = self._document.session.recipe
        self._operations.set_recipe(replace(recipe, features=FeatureRecipe(terms)))

    def use_method(self, name: str) -> None:
        """Solve by this method from the next Align on."""
        recipe = self._document.session.recipe
        if name != recipe.method:
            self._operations.set_recipe(replace(recipe, method=name, params=None))

    # -- constraints -------------------------------------------------------------------------------

    @property
    def constraints(self) -> Constraints | None:
        """Those of the active alignment."""
        alignment = self._document.session.alignment
        return None if alignment is None else alignment.constraints

    def select(self, number: int | None) -> None:
        """Choose a constraint (or none) everywhere."""
        if number != self.selection:
            self.selection = number
            self.selected.emit(number)

    def _edit(self, edit: Callable[[Constraints], Constraints], name: str) -> None:
        constraints = self.constraints
        if constraints is None:
            return
        try:
            new = edit(constraints)
        except SynclineError as error:
            self._operations.failed.emit(str(error))
        else:
            self._operations.commit_edit(new, name)

    def jump_marks(self) -> None:
        """Say that what lies between the marks in A has no counterpart."""
        from syncline.edits.constraints import add_anchor

        marks = self._playback.marks
        if marks is not None:
            first, last = marks
            b = self._playback.map(first)
            self._edit(
                lambda c: add_anchor(c, first, b, kind="jump", a_end=last, b_end=b)[0], self.tr("Skip a piece of A")
            )

    def lock_marks(self) -> None:
        """Keep the path between the marks as it is."""
        from syncline.edits.constraints import lock

        marks, path = self._playback.marks, self._playback.path
        if marks is not None and path is not None:
            self._edit(lambda c: lock(c, path, *marks), self.tr("Lock"))

    def go_to_anchor(self, direction: int) -> None:
        """Go to the next anchor before or after the playhead, and select it."""
        anchors = () if self.constraints is None else self.constraints.anchors
        t = self._playback.a_time
        found = [a for a in anchors if (a.a - t) * direction > 1e-6]
        if found:
            anchor = found[0] if direction > 0 else found[-1]
            self._playback.pause()
            self._playback.seek(anchor.a, anchor.b)
            self.select(anchor.id)

    def loop_anchor(self) -> None:
        """Loop one second to either side of the selected anchor, or of the nearest one."""
        anchors = () if self.constraints is None else self.constraints.anchors
        if anchors:
            t = self._playback.a_time
            near = min(anchors, key=lambda a: (a.id != self.selection, abs(a.a - t)))
            self._playback.set_loop(near.a - 1.0, near.a + 1.0)
            self._playback.seek_a(max(near.a - 1.0, 0.0))
            self._playback.play()

    # -- alignments --------------------------------------------------------------------------------

    def keep_copy(self) -> None:
        """Set a copy of the active alignment aside."""
        if self._document.session.active is not None:
            self._operations.duplicate(self._document.session.active)

    def remove_alignment(self) -> None:
        """Take the active alignment out of the project."""
        if self._document.session.active is not None:
            self._operations.remove_alignment(self._document.session.active)

    def next_alignment(self) -> None:
        """Show the next alignment of the list."""
        s = self._document.session
        numbers = [al.id for al in s.alignments]
        if len(numbers) > 1 and s.active in numbers:
            self._operations.activate(numbers[(numbers.index(s.active) + 1) % len(numbers)])

    def toggle_ghosts(self) -> None:
        """Draw all other alignments behind the path, or none."""
        s = self._document.session
        others = frozenset(al.id for al in s.alignments) - {s.active}
        ghosts: frozenset[int] = frozenset() if s.ghosts == others else others
        self._document.replace(replace(s, ghosts=ghosts), self.tr("Compare"))

    # -- background --------------------------------------------------------------------------------

    def prepare(self) -> Job:
        """Start what files are read by, before the first one is opened."""
        return self._jobs.submit(self.tr("Warming up"), prepare, quiet=True)

    def warm_up(self) -> Job:
        """Load decoders and compiled loops before they are needed."""
        return self._jobs.submit(self.tr("Warming up"), warm_up, quiet=True)


def without_media(session: Session) -> bool:
    """True if no recording is open."""
    return session.a is None and session.b is None


def empty(session: Session) -> bool:
    """True if nothing is open."""
    return without_media(session) and not session.scenes and not session.recordings
