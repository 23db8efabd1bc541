"""What each action of the Match workspace does: asks for what is missing, then tells the operations."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from syncline.model import MatchRecipe, Media, SimilarityTerm

from .catalogue import after_shown
from .views.scene_pick import Pick

if TYPE_CHECKING:
    from .document import Document
    from .match_operations import MatchOperations
    from .projects import Projects
    from .settings import Settings

__all__ = ["MatchCommands", "takes"]

SETS = (".json", ".xml")
"""Files that name pictures; a table may do so too, but may be features as well."""


def takes(path: str) -> bool:
    """True if Match is what opens this: a picture, a folder, or a file that names pictures."""
    from syncline.media.pictures import PICTURE_SUFFIXES

    return Path(path).suffix.lower() in (*PICTURE_SUFFIXES, *SETS) or Path(path).is_dir()


class MatchCommands(QObject):
    """Carries out actions for one window."""

    picked = Signal(object)
    """`Pick` to select everywhere, or None."""
    listed = Signal(object)
    """What there is to check, as `MatchOperations.unsure` has it."""

    def __init__(
        self,
        document: Document,
        operations: MatchOperations,
        projects: Projects,
        settings: Settings,
        notice: Callable[[str], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._projects = document, operations, projects
        self._settings, self._notice, self._window = settings, notice, window
        self._list: list[tuple[float, int, int | None, int | None]] = []
        self._basis: tuple[object, object] | None = None
        self._seen: set[tuple[int, int | None, int | None]] = set()
        self._going = False
        operations.unsure.connect(self._take_list)

    # -- asking ------------------------------------------------------------------------------------

    def _dialog(self, title: str, patterns: list[str], mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._settings.folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(patterns)
        dialog.setFileMode(mode)
        return dialog

    def _ask(
        self, title: str, patterns: list[str], mode: QFileDialog.FileMode, then: Callable[[list[str]], Any]
    ) -> None:
        dialog = self._dialog(title, patterns, mode)

        def chosen(paths: list[str]) -> None:
            if paths:
                self._settings.folder = str(Path(paths[0]).parent)
                then(paths)

        dialog.filesSelected.connect(chosen)
        dialog.open()

    def _picture_patterns(self) -> list[str]:
        from syncline.media.pictures import PICTURE_SUFFIXES

        endings = " ".join(f"*{s}" for s in PICTURE_SUFFIXES)
        return [self.tr("Pictures (%1)").replace("%1", endings), self.tr("All files (*)")]

    def open_pictures(self) -> None:
        """Ask for pictures."""
        mode = QFileDialog.FileMode.ExistingFiles
        self._ask(self.tr("Open pictures"), self._picture_patterns(), mode, self._operations.open_paths)

    def open_frame(self, media: Media | None, index: int | None) -> None:
        """Open a frame of a video as a picture."""
        if media is not None and media.video is not None and index is not None:
            self._operations.open_paths([f"{media.path}#{index}"])
        else:
            self._notice(self.tr("Only a video has frames; open one as A."))

    def open_folder(self) -> None:
        """Ask for a folder of pictures."""
        mode = QFileDialog.FileMode.Directory
        self._ask(self.tr("Open a folder of pictures"), [], mode, self._operations.open_paths)

    def open_set(self) -> None:
        """Ask for a file that names pictures."""
        patterns = [self.tr("Data sets (*.json *.csv *.tsv *.xml)"), self.tr("All files (*)")]
        mode = QFileDialog.FileMode.ExistingFile
        self._ask(self.tr("Open a data set"), patterns, mode, self._operations.open_paths)

    def locate(self) -> None:
        """Ask where the picture in hand is now."""
        scene = self._document.session.active_scene
        if scene is not None:
            number, mode = scene.id, QFileDialog.FileMode.ExistingFile
            title = self.tr("Locate “%1”").replace("%1", scene.picture.path.name)
            self._ask(title, self._picture_patterns(), mode, lambda p: self._operations.relocate(number, p[0]))

    def use_detector(self) -> None:
        """Ask for a detector of the user's, its adapter or its ONNX file, and detect with it."""
        mode = QFileDialog.FileMode.ExistingFile
        patterns = [self.tr("Detectors (*.json *.onnx)")]
        self._ask(self.tr("Choose a detector"), patterns, mode, lambda p: self._operations.detect(Path(p[0])))

    def find_regions(self) -> None:
        """Ask how many regions there should be, and find them."""
        from syncline.regions import MOST, USUAL

        if self._document.session.active_scene is None:
            return
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Find regions"))
        dialog.setLabelText(self.tr("Parts of the picture that look alike, such as sky, grass or road. How many:"))
        dialog.setOkButtonText(self.tr("Find"))
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(1, MOST)
        dialog.setIntValue(self._settings.get("regions", USUAL, lambda n: 1 <= n <= MOST))

        def chosen(count: int) -> None:
            self._settings.set("regions", count)
            self._operations.find_regions(count)

        dialog.intValueSelected.connect(chosen)
        dialog.open()

    def ask_caption(self, edit: bool) -> None:
        """Ask for a caption: a new one, or the one in hand changed."""
        from .dialogs.caption import CaptionDialog

        session = self._document.session
        scene, caption = session.active_scene, session.active_caption if edit else None
        if scene is None or (edit and caption is None):
            return
        dialog = CaptionDialog(scene.picture.name, caption.text if caption else "", self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = caption.id if caption else None
        dialog.taken.connect(lambda text: self._operations.set_caption(text, number))
        dialog.open()

    def remove_picture(self) -> None:
        """Take the picture in hand out of the project."""
        if self._document.session.scene is not None:
            self._operations.remove_scene(self._document.session.scene)

    # -- recipe ------------------------------------------------------------------------------------

    def use_sources(self, terms: tuple[SimilarityTerm, ...]) -> None:
        """Compare by these sources from the next Match on; none: those that suit most pictures."""
        self._operations.set_recipe(replace(self._document.session.match_recipe, terms=terms))

    def use_method(self, name: str) -> None:
        """Match by this method from the next Match on."""
        recipe: MatchRecipe = self._document.session.match_recipe
        if name != recipe.method:
            self._operations.set_recipe(replace(recipe, method=name, params=None))

    # -- matchings ---------------------------------------------------------------------------------

    def keep_matching(self) -> None:
        """Set a copy of what is shown aside."""
        if self._document.session.named_match is not None:
            self._operations.duplicate_match(self._document.session.named_match.id)

    def remove_matching(self) -> None:
        """Take what is shown out of the project."""
        if self._document.session.named_match is not None:
            self._operations.remove_match(self._document.session.named_match.id)

    def _others(self) -> list[int]:
        session = self._document.session
        return after_shown([m.id for m in session.matchings_of(session.scene)], session.shown_match)

    def next_matching(self) -> None:
        """Show the next matching of the list."""
        others = self._others()
        if others:
            self._operations.show_match(others[0])

    def compare(self, on: bool) -> None:
        """Show where another matching differs, or no longer."""
        others = self._others()
        self._operations.compare(others[0] if on and others else None)

    # -- checking ----------------------------------------------------------------------------------

    def check_next(self) -> None:
        """Go to the least sure decision that was not looked at since links last changed."""
        # Margins of other links would be shown as those of the links in force.
        if self._basis is not None and all(map(operator.is_, self._basis, self._now)):
            self._go()
        elif not self._going:
            job = self._operations.check_next()
            self._going = job is not None
            if job is not None:
                job.ended.connect(self._ended)

    @property
    def _now(self) -> tuple[object, object]:
        return self._document.session.scenes, self._document.session.matchings

    def _ended(self) -> None:
        self._going = False

    def _take_list(self, found: list[tuple[float, int, int | None, int | None]]) -> None:
        self._list, self._basis = found, self._now
        self.listed.emit(found)
        self._go()

    def _go(self) -> None:
        session = self._document.session
        for _margin, number, thing, phrase in self._list:
            scene = session.find_scene(number)
            key = (number, thing, phrase)
            pick = Pick(thing, phrase)
            if scene is None or scene.checked or key in self._seen or not pick.within(scene):
                continue
            self._seen.add(key)
            self.show(number, pick)
            return
        self._seen.clear()
        self._notice(self.tr("Every decision was looked at; F8 begins again with the least sure one."))

    def show(self, number: int, pick: Pick) -> None:
        """Go to an object, phrase or link of any picture."""
        scene = self._document.session.find_scene(number)
        if scene is None:
            return
        found = None if pick.phrase is None else scene.phrase(pick.phrase)
        caption = self._document.session.active_caption
        self._operations.look_at(number, found[0].id if found else (caption.id if caption else None))
        self.picked.emit(pick)

    # -- results -----------------------------------------------------------------------------------

    def export(self, every: bool) -> None:
        """Ask what to write and where."""
        from syncline.export.links import REGISTRY

        from .dialogs.export import ExportDialog

        scene = self._document.session.active_scene
        if scene is None:
            return
        folder = self._settings.folder or str(scene.picture.path.parent)
        project = self._projects.path
        stem = (project.stem if project else "links") if every else scene.picture.path.stem + " links"
        dialog = ExportDialog([REGISTRY[name] for name in REGISTRY.names()], folder, stem, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def requested(target: str, name: str, params: Any) -> None:
            self._settings.folder = str(Path(target).parent)
            self._operations.export(target, name, params, every)

        dialog.requested.connect(requested)
        dialog.open()
