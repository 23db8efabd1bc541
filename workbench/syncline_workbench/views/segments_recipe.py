"""How the next segmentation is made: what is cut, by which method, and all that the method can be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from syncline.errors import ParameterError
from syncline.model import AUTO, Media, Recording, SegmentRecipe
from syncline.registry import Method, build, describe

from ..document import Change, Document
from .example_tier import ExampleTier
from .method_form import MethodForm, Methods
from .parameters import Fold, ParameterForm, calm
from .penalty_curve import PenaltyCurve
from .plain import Elided, IconButton, heading, label, literal, tip
from .recordings_panel import emission_words
from .settled_slider import LogSlider

__all__ = ["SegmentsRecipePanel", "features_read", "features_written"]


@dataclass(frozen=True)
class _Scale:
    """The slider of a parameter: how far it reaches, and whether it acts while the hand moves."""

    low: float
    high: float
    whole: bool
    live: bool


_SCALES = {"penalty": _Scale(0.01, 100.0, False, True), "k": _Scale(2, 1000, True, False)}
"""By the name of the parameter."""


def features_read(recipe: str, known: Methods) -> tuple[str, Any]:
    """Name and parameters of a recipe of one feature, such as ``"mfcc:hop_ms=20"``; parameters None: the defaults.

    Raises
    ------
    ParameterError
        A parameter or value that does not exist.
    """
    name, _, options = recipe.partition(":")
    if name not in known or not options:
        return name, None
    pairs = (option.partition("=") for option in options.split(",") if option.strip())
    return name, build(known[name].params, {key.strip(): value.strip() for key, _, value in pairs})


def features_written(name: str, params: Any) -> str:
    """A recipe as `features_read` reads it, of what departs from the defaults."""
    if params is None:
        return name
    options: list[str] = []
    for d in describe(type(params)):
        value = getattr(params, d["name"])
        if value != d["default"]:
            options.append(f"{d['name']}={_word(value)}")
    return f"{name}:{','.join(options)}" if options else name


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _works_on(method: Method[Any], media: Media | None) -> bool:
    if media is None:
        return True
    kinds = {str(media.kind)} | ({"audio"} if media.audio is not None else set[str]())
    return bool(method.kinds & kinds)


class SegmentsRecipePanel(MethodForm):
    """Draws `Session.segment_recipe`; says what the user wants instead.

    Signals: `recipe_changed(SegmentRecipe)` as one step; `recipe_previewed(SegmentRecipe)` while the penalty is
    slid, to be answered at once and without a step, `recipe_changed` with the same follows at release;
    `segment_requested()`; `emissions_requested()`; `tier_requested()`.
    """

    recipe_previewed = Signal(object)
    """A recipe under the hand."""
    segment_requested = Signal()
    emissions_requested = Signal()
    """Say where the emissions come from."""
    tier_requested = Signal()
    """Begin a tier of one's own, for examples."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.setObjectName("segments-recipe")
        self._known: Methods = {}
        self._reason = label("", "muted")
        self._reason.setWordWrap(True)
        self._build_emissions()
        self._build_features()
        self.sliders: dict[str, LogSlider] = {}
        self._add_method()
        self._slides = QVBoxLayout()
        self._slides.setSpacing(6)
        self._column.insertLayout(self._column.indexOf(self._place), self._slides)
        self._build_sliders()
        self.examples = ExampleTier()
        self.examples.chosen.connect(self._tier_chosen)
        self.examples.tier_requested.connect(self.tier_requested)
        self._slides.addWidget(self.examples)
        self._column.addWidget(self._reason)
        self._column.addWidget(self._emissions)
        self._column.addWidget(self._features)
        self.segment = self._end_with(self.tr("Segment"))
        self.segment.clicked.connect(self.segment_requested)
        document.changed.connect(self._changed)
        self._draw()

    def _build_emissions(self) -> None:
        self._emissions = QWidget()
        self.emissions = Elided("", "", Qt.TextElideMode.ElideMiddle)
        choose = IconButton("settings", self.tr("Where the emissions come from…"))
        choose.clicked.connect(self.emissions_requested)
        self.choose_emissions = choose
        row = QHBoxLayout(self._emissions)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(heading(self.tr("Emissions")))
        row.addWidget(self.emissions, 1)
        row.addWidget(choose)

    def _build_features(self) -> None:
        self._features = QWidget()
        self.features = QComboBox()
        self.features.setAccessibleName(self.tr("Features"))
        self.features.setMaximumWidth(200)
        calm(self.features)
        self.features.activated.connect(self._feature_chosen)
        head = QHBoxLayout()
        head.setContentsMargins(0, 6, 0, 0)
        head.addWidget(heading(self.tr("Features")))
        head.addStretch(1)
        head.addWidget(self.features)
        self._feature_place = QVBoxLayout()
        self.feature_form: ParameterForm | None = None
        self._feature_fold: Fold | None = None
        column = QVBoxLayout(self._features)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(self._feature_place)

    def _build_sliders(self) -> None:
        words = {
            "penalty": (
                self.tr("Penalty"),
                self.tr("What a change costs, as a multiple of what noise alone asks for: more of it, fewer pieces"),
            ),
            "k": (self.tr("Units"), self.tr("How many clusters")),
        }
        for name, scale in _SCALES.items():
            slider = LogSlider(*words[name], scale.low, scale.high, whole=scale.whole)
            slider.hide()
            slider.chosen.connect(lambda number, name=name: self._slid(name, number))
            if scale.live:
                slider.previewed.connect(lambda number, name=name: self._sliding(name, number))
            self.sliders[name] = slider
            self._slides.addWidget(slider)
        self.penalties = _SCALES["penalty"].low, _SCALES["penalty"].high
        self.curve = PenaltyCurve(*self.penalties)
        self.curve.hide()
        self._slides.insertWidget(0, self.curve)
        penalty = self.sliders["penalty"]
        self.curve.pointed.connect(lambda number: penalty.take(number, self.curve.held))
        self.curve.settled.connect(penalty.settle)
        penalty.previewed.connect(self.curve.set_penalty)

    def sizeHint(self) -> QSize:
        return QSize(270, super().sizeHint().height())

    def set_methods(self, features: Methods, solvers: Methods) -> None:
        """Say what there is to choose from: extractors and segmenters by name."""
        self._known = features
        self._set_solvers(solvers)
        self.method.insertItem(0, self.tr("Automatic"), AUTO)
        about = self.tr("The transcript or the emissions laid onto the recording; without either, change points")
        self.method.setItemData(0, tip(about), Qt.ItemDataRole.ToolTipRole)
        self._draw()

    # -- drawing -----------------------------------------------------------------------------------

    @property
    def _recipe(self) -> SegmentRecipe:
        return self._document.session.segment_recipe

    @property
    def _resolved(self) -> SegmentRecipe | None:
        """What the recipe in hand came to, if the segmentation shown was made by it."""
        named = self._document.shown.segments
        asked = self._document.shown.segment_recipe
        return named.resolved if named is not None and named.recipe == asked else None

    def _method_of(self, recipe: SegmentRecipe) -> str:
        """Name of the method whose parameters are shown."""
        if recipe.method != AUTO:
            return recipe.method
        resolved, recording = self._resolved, self._document.shown.active_recording
        if resolved is not None:
            return resolved.method
        spoken = recording is not None and (bool(recording.transcript) or recording.emissions is not None)
        return "ctc" if spoken else "changepoints"

    def _changed(self, change: Change) -> None:
        if change & (Change.SEGMENT_RECIPE | Change.RECORDING | Change.SEGMENTS):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        # A recipe under the hand is shown as it is.
        recipe, recording, named = session.segment_recipe, session.active_recording, session.segments
        name, resolved = self._method_of(recipe), self._resolved
        self._draw_method(recipe, None if resolved is None else resolved.params, name)
        solver = self._solvers.get(name)
        kinds = frozenset[str]() if solver is None else solver.kinds
        self._draw_sliders(name)
        self._draw_examples(recording)
        self._features.setVisible("features" in kinds)
        self._emissions.setVisible("emissions" in kinds and recording is not None)
        if recording is not None:
            source = emission_words(recording, self)
            self.emissions.setText(source or self.tr("none"))
            self.emissions.setToolTip(tip(self.emissions.text()))
        self._draw_features(recipe, None if recording is None else recording.media)
        automatic = AUTO in (recipe.method, recipe.features)
        self._reason.setText(named.reason if named is not None and resolved is not None and automatic else "")
        self._reason.setVisible(bool(self._reason.text()))
        able = recording is not None
        self.segment.setEnabled(able and (not self._solvers or solver is not None))
        self.segment.setToolTip("" if able else tip(self.tr("Open a recording first")))

    def _draw_sliders(self, method: str) -> None:
        value = None if self.form is None else self.form.shown
        for name, slider in self.sliders.items():
            there = hasattr(value, name)
            slider.setVisible(there)
            if not there:
                continue
            slider.set_number(getattr(value, name))
            # A number of changes that is given leaves nothing to a penalty.
            given = name == "penalty" and bool(getattr(value, "changes", 0))
            slider.slider.setEnabled(not given)
            if name == "penalty":
                self.curve.setEnabled(not given)
                self.curve.set_penalty(slider.number)
            named = self._document.shown.segments
            mine = named is not None and (named.resolved or named.recipe).method == method
            more = ""
            if named is not None and mine and named.tiers.tiers and _SCALES[name].live:
                count = len(named.tiers.tiers[0].segments)
                more = self.tr("{n} pieces").format(n=count) if count != 1 else self.tr("1 piece")
            slider.set_more(more)
        cut = self._document.shown.segments
        there = cut is not None and (cut.resolved or cut.recipe).method == method
        self.curve.setVisible(there and not self.sliders["penalty"].isHidden())

    def _draw_examples(self, recording: Recording | None) -> None:
        value = None if self.form is None else self.form.shown
        name = getattr(value, "tier", None)
        self.examples.setVisible(name is not None and recording is not None)
        if name is not None and recording is not None:
            self.examples.show_tiers(recording.own, name)

    def _draw_features(self, recipe: SegmentRecipe, media: Media | None) -> None:
        name, params = AUTO, None
        try:
            name, params = features_read(recipe.features, self._known)
        except ParameterError as error:
            self.trouble.say(str(error))
        offered = [n for n, m in self._known.items() if _works_on(m, media)]
        names = [AUTO, *offered, *([name] if name != AUTO and name not in offered else [])]
        if [self.features.itemData(k) for k in range(self.features.count())] != names:
            self.features.clear()
            for n in names:
                method = self._known.get(n)
                self.features.addItem(self.tr("Automatic") if n == AUTO else literal(method.title if method else n), n)
                about = self.tr("What suits the recording") if n == AUTO else method.help if method else ""
                self.features.setItemData(self.features.count() - 1, tip(about), Qt.ItemDataRole.ToolTipRole)
        self.features.setCurrentIndex(names.index(name))
        method = self._known.get(name)
        wanted = method.params if method is not None and describe(method.params) else None
        if self.feature_form is not None and self.feature_form.params is not wanted:
            self._forget_features()
        if wanted is not None and self.feature_form is None:
            self.feature_form = ParameterForm(wanted)
            self.feature_form.changed.connect(self._edited)
            self._feature_fold = Fold(self.tr("More"), self.feature_form)
            self._feature_place.addWidget(self._feature_fold)
        if self.feature_form is not None:
            self.feature_form.set_value(params)

    def _forget_features(self) -> None:
        if self._feature_fold is not None:
            self._feature_place.removeWidget(self._feature_fold)
            self._feature_fold.hide()
            self._feature_fold.deleteLater()
        self.feature_form = self._feature_fold = None

    # -- what the user wants -------------------------------------------------------------------------

    def _feature_chosen(self) -> None:
        name = self.features.currentData()
        if name != self._recipe.features.partition(":")[0]:
            self._emit(features=name)

    def _edited(self) -> None:
        try:
            params = self._params()
            features = self._recipe.features
            if self.feature_form is not None:
                features = features_written(features.partition(":")[0], self.feature_form.value())
        except ParameterError as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        self._emit(features=features, **self._told(params))

    def _told(self, params: Any) -> dict[str, Any]:
        """Parameters are those of one method: whoever sets one has chosen it."""
        method = self._recipe.method
        return {"params": params, "method": method if params is None else self._method_of(self._recipe)}

    def _with(self, name: str, number: float) -> Any:
        assert self.form is not None
        value = replace(self.form.shown, **{name: int(number) if _SCALES[name].whole else number})
        return None if value == self._left_open else value

    def _tier_chosen(self, name: str) -> None:
        if self.form is not None and name != self.form.shown.tier:
            value = replace(self.form.shown, tier=name)
            self._emit(**self._told(None if value == self._left_open else value))

    def _sliding(self, name: str, number: float) -> None:
        if self.form is not None:
            self.recipe_previewed.emit(replace(self._recipe, **self._told(self._with(name, number))))

    def _slid(self, name: str, number: float) -> None:
        if self.form is not None:
            self._emit(**self._told(self._with(name, number)))
