"""What each action of the Segment workspace does: asks for what is missing, then tells the operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from shiboken6 import isValid

from syncline.edits.pieces import FILLED, AddTier, RemoveTier, RenameTier
from syncline.model import EmissionSource, Word

from .catalogue import after_shown

if TYPE_CHECKING:
    from .document import Document
    from .segment_operations import SegmentOperations
    from .settings import Settings

__all__ = ["SegmentCommands", "takes"]

TIERS = (".textgrid", ".eaf", ".srt", ".vtt")
"""Files that hold tiers and nothing else."""
TEXTS = (".txt", ".lab")
"""Files that may hold what is said."""


def takes(path: str) -> bool:
    """True if only Segment can make something of this."""
    return Path(path).suffix.lower() in (*TIERS, *TEXTS)


class SegmentCommands(QObject):
    """Carries out actions for one window."""

    def __init__(
        self,
        document: Document,
        operations: SegmentOperations,
        settings: Settings,
        notice: Callable[[str], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._operations = document, operations
        self._settings, self._notice, self._window = settings, notice, window
        self.tier = ""
        """Name of the tier in hand, empty if there is none."""
        operations.key_wanted.connect(self._ask_key)

    # -- asking ------------------------------------------------------------------------------------

    def _ask(self, title: str, patterns: list[str], then: Callable[[list[str]], Any], many: bool = False) -> None:
        dialog = QFileDialog(self._window, title, self._settings.folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(patterns)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)

        def chosen(paths: list[str]) -> None:
            if paths:
                self._settings.folder = str(Path(paths[0]).parent)
                then(paths)

        dialog.filesSelected.connect(chosen)
        dialog.open()

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _media_patterns(self) -> list[str]:
        return [
            self.tr(
                "Sound, video, features (*.wav *.flac *.ogg *.mp3 *.m4a *.aac *.aif *.aiff *.mp4 *.mov *.m4v *.mkv "
                "*.webm *.avi *.mpg *.mpeg *.ts *.mxf *.flv *.npy *.npz *.csv *.tsv *.mat *.h5 *.hdf5 *.amc)"
            ),
            self.tr("All files (*)"),
        ]

    def _tier_patterns(self) -> list[str]:
        return [
            self.tr("Tiers (*.TextGrid *.textgrid *.eaf *.srt *.vtt *.txt *.csv *.tsv *.json)"),
            self.tr("All files (*)"),
        ]

    # -- files -------------------------------------------------------------------------------------

    def open_recording(self) -> None:
        """Ask for recordings."""
        self._ask(self.tr("Open recording"), self._media_patterns(), self._operations.open_paths, many=True)

    def open_files(self, paths: Sequence[str]) -> None:
        """Open dropped files: tiers and a transcript belong to the recording in hand, all else are recordings."""
        media = [p for p in paths if not takes(p)]
        rest = [p for p in paths if takes(p)]
        if media:
            self._operations.open_paths(media)
        if rest and media:
            self._notice(self.tr("Drop transcripts and tiers once their recording is open."))
            return
        for path in rest:
            if Path(path).suffix.lower() in TIERS:
                self._operations.take_tiers(path)
            else:
                self._operations.load_transcript(path)

    def _ask_key(self, path: str, keys: list[tuple[str, tuple[int, ...]]]) -> None:
        from .dialogs.open_features import OpenFeaturesDialog

        dialog = OpenFeaturesDialog(path, keys, None, self._window)
        dialog.accepted.connect(lambda: self._operations.open_paths([path], dialog.key(), dialog.rate()))
        self._show(dialog)

    def open_emissions(self, mine: bool = False) -> None:
        """Ask for a file of emissions, for the recording in hand or as one of its own."""
        from .dialogs.open_emissions import OpenEmissionsDialog

        recording = self._document.session.active_recording
        folder = self._settings.folder or ("" if recording is None else str(recording.media.path.parent))
        dialog = OpenEmissionsDialog(folder, "" if recording is None else recording.media.name, mine, self._window)

        def requested(source: EmissionSource, belongs: bool) -> None:
            self._settings.folder = dialog.folder
            if belongs:
                self._operations.set_emissions(source)
            else:
                self._operations.open_emissions(source.path, source)

        dialog.requested.connect(requested)
        self._show(dialog)

    def use_model(self) -> None:
        """Ask for an acoustic model of the user's."""
        patterns = [self.tr("Acoustic models (*.json)"), self.tr("All files (*)")]
        self._ask(
            self.tr("Choose an acoustic model"),
            patterns,
            lambda p: self._operations.set_emissions(EmissionSource(model=p[0])),
        )

    def locate_active(self) -> None:
        """Ask where the recording in hand is now."""
        if self._document.session.recording is not None:
            self.locate(self._document.session.recording)

    def locate(self, number: int) -> None:
        """Ask where a recording is now."""
        recording = self._document.session.find_recording(number)
        if recording is not None:
            title = self.tr("Locate “%1”").replace("%1", recording.media.name)
            self._ask(title, self._media_patterns(), lambda p: self._operations.relocate(recording.id, p[0]))

    def remove_recording(self) -> None:
        """Take the recording in hand out of the project."""
        if self._document.session.recording is not None:
            self._operations.remove_recording(self._document.session.recording)

    def ask_transcript(self) -> None:
        """Ask what is said in the recording in hand."""
        from .dialogs.transcript import TranscriptDialog

        recording = self._document.session.active_recording
        if recording is None:
            return
        material = self._operations.heard(recording)
        labels = () if material is None or material.emissions is None else material.emissions.labels
        dialog = TranscriptDialog(recording.media.name, recording.transcript, None, labels, self._window)

        def spell(words: list[str]) -> None:
            job = self._operations.spell(recording, words)
            job.succeeded.connect(lambda found: dialog.show_spelling(found) if isValid(dialog) else None)

        def taken(words: tuple[Word, ...]) -> None:
            now = self._document.session.active_recording
            if now is not None and now.id == recording.id:
                self._operations.set_transcript(words)

        dialog.spelling_wanted.connect(spell)
        dialog.taken.connect(taken)
        self._show(dialog)

    def import_tiers(self) -> None:
        """Ask for a file of tiers."""
        self._ask(self.tr("Import tiers"), self._tier_patterns(), lambda p: self._operations.take_tiers(p[0]))

    def load_truth(self) -> None:
        """Ask for a file of true tiers."""
        self._ask(self.tr("Load truth"), self._tier_patterns(), lambda p: self._operations.load_truth(p[0]))

    # -- tiers of one's own ------------------------------------------------------------------------

    def _refusal(self, name: str) -> str:
        recording = self._document.session.active_recording
        if name in FILLED:
            return self.tr("“%1” is what a method fills; choose another name.").replace("%1", name)
        if recording is not None and any(t.name == name for t in recording.own):
            return self.tr("There is a tier “%1” already; choose another name.").replace("%1", name)
        return ""

    def add_tier(self) -> None:
        """Ask for the name of a new tier."""
        from .dialogs.tier_name import TierNameDialog

        dialog = TierNameDialog(self._refusal, parent=self._window)

        def taken(name: str, points: bool) -> None:
            self._operations.commit_edit(AddTier(name, points), self.tr("Add tier %1").replace("%1", name))

        dialog.taken.connect(taken)
        self._show(dialog)

    def rename_tier(self) -> None:
        """Ask for another name of the tier in hand."""
        from .dialogs.tier_name import TierNameDialog

        old = self.tier
        if not old:
            return
        dialog = TierNameDialog(self._refusal, old, self._window)

        def taken(name: str, _points: bool) -> None:
            self._operations.commit_edit(RenameTier(old, name), self.tr("Rename tier %1").replace("%1", old))

        dialog.taken.connect(taken)
        self._show(dialog)

    def remove_tier(self) -> None:
        """Take the tier in hand away."""
        if self.tier:
            label = self.tr("Remove tier %1").replace("%1", self.tier)
            self._operations.commit_edit(RemoveTier(self.tier), label)

    # -- recipe ------------------------------------------------------------------------------------

    def use_method(self, name: str) -> None:
        """Cut by this method from the next Segment on."""
        recipe = self._document.session.segment_recipe
        if name != recipe.method:
            self._operations.set_recipe(replace(recipe, method=name, params=None))

    def use_features(self, features: str) -> None:
        """Cut these features from the next Segment on."""
        self._operations.set_recipe(replace(self._document.session.segment_recipe, features=features))

    # -- segmentations -----------------------------------------------------------------------------

    def keep_segments(self) -> None:
        """Set a copy of what is shown aside."""
        if self._document.session.segments is not None:
            self._operations.duplicate_segments(self._document.session.segments.id)

    def remove_segments(self) -> None:
        """Take what is shown out of the project."""
        if self._document.session.segments is not None:
            self._operations.remove_segments(self._document.session.segments.id)

    def _others(self) -> list[int]:
        session = self._document.session
        return after_shown([s.id for s in session.segmentations_of(session.recording)], session.shown_segments)

    def next_segments(self) -> None:
        """Show the next segmentation of the list."""
        others = self._others()
        if others:
            self._operations.show_segments(others[0])

    def compare(self, on: bool) -> None:
        """Show another segmentation beside this one, or no longer."""
        others = self._others()
        self._operations.compare(others[0] if on and others else None)

    # -- results -----------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask what to write and where."""
        from .dialogs.export import ExportDialog
        from .segment_export import ALL, formats

        recording = self._document.session.active_recording
        names = [t.name for t in self._operations.tiers_to_export().tiers]
        if recording is None or not names:
            return
        folder = self._settings.folder or str(recording.media.path.parent)
        dialog = ExportDialog(formats(names), folder, Path(recording.media.name).stem, self._window)

        def requested(target: str, _name: str, params: Any) -> None:
            self._settings.folder = str(Path(target).parent)
            tier = getattr(params, "tier", ALL)
            self._operations.export(target, None if tier == ALL else tier)

        dialog.requested.connect(requested)
        self._show(dialog)
