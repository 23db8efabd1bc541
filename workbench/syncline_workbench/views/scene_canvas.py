"""The board as a picture: what the document shows, laid out and drawn, with zoom and pan; it can't be edited yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from syncline.model import Caption, Picture, Scene

from ..document import Change, Document
from ..theme import theme
from .scene_colours import on_picture
from .scene_layers import BitByBit, ChipsLayer, StillLayer
from .scene_layout import Layout, lay_out
from .scene_links import Strand, strands, strongest
from .scene_paint import (
    CENTRED,
    Key,
    Look,
    paint_badges,
    paint_boxes,
    paint_curves,
    paint_handles,
    paint_switch,
    paint_tags,
)
from .scene_paint_chips import meanings, paint_chips
from .scene_pick import Pick
from .scene_picture import Levels, PictureReader
from .scene_view import PictureView
from .zoom_canvas import ZoomCanvas

__all__ = ["SceneCanvas"]

FADED = 0.2
"""What is left of the things that a hovered one has nothing to do with."""
FADE_MS = 16
MOST_IN_MOTION, SETTLED_MS = 24, 120
"""Soft links that are drawn while things move, and milliseconds after which the others come back."""
MOST_AT_ONCE = 80
"""Links that are drawn in one go; more would make the window wait."""


class SceneCanvas(ZoomCanvas):
    """Picture, boxes, curves and chips of the scene in hand."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = PictureView()
        self.soft_threshold = 0.05
        self._document = document
        self._picture: Picture | None = None
        self._levels: Levels | None = None
        self.failure = ""
        self._base: QPixmap | None = None
        self._base_at: object = None
        self._ratio = 1.0
        self._layout: Layout | None = None
        self._calm: Layout | None = None
        self._laid: tuple[Scene, Caption | None] | None = None
        self._strands: list[Strand] = []
        self._strands_of: tuple[object, ...] = ()
        self._scrolled = 0.0
        self._front: QPixmap | None = None
        self._lit: Pick | None = None
        self.rest = 1.0
        self._fade = QTimer(self)
        self._fade.setInterval(FADE_MS)
        self._fade.timeout.connect(self._fade_on)
        self._motion = QTimer(self)
        self._motion.setSingleShot(True)
        self._motion.setInterval(SETTLED_MS)
        self._motion.timeout.connect(self._settled)
        self._still, self._chips = StillLayer(), ChipsLayer()
        self._filling = BitByBit(self)
        self._filling.ended.connect(self.update)
        self._reader = PictureReader(self)
        self._reader.ready.connect(self._take_picture)
        self._reader.failed.connect(self._refuse_picture)

    def sizeHint(self) -> QSize:
        return QSize(900, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 240)

    def close_media(self) -> None:
        """Stop reading and painting; for the end of the window."""
        self._filling.drop()
        self._reader.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.close_media()
        super().closeEvent(event)

    # -- what is shown -----------------------------------------------------------------------------

    @property
    def shown(self) -> Scene | None:
        """The scene that is drawn."""
        return self._document.shown.active_scene

    @property
    def caption(self) -> Caption | None:
        """Its caption in hand."""
        scene, wanted = self.shown, self._document.shown.active_caption
        return None if scene is None or wanted is None else scene.caption(wanted.id)

    def set_soft_threshold(self, share: float) -> None:
        """Show pairs of a soft plan from this share (0..1) of the largest weight on."""
        self.soft_threshold = share
        self.refresh()

    def _document_changed(self, change: Change) -> None:
        if not change & (Change.SCENES | Change.SCENE | Change.MATCHES):
            return
        scene = self._document.shown.active_scene
        picture = None if scene is None else scene.picture
        if picture != self._picture:
            self._picture, self._levels, self.failure = picture, None, ""
            self._calm = None
            self._scrolled = 0.0
            self.view.fit()
            if picture is not None:
                self._reader.request(picture)
            self.refresh()
        scene, caption = self.shown, self.caption
        same = scene is not None and self._laid is not None and scene is self._laid[0] and caption is self._laid[1]
        if scene is None or not same or self._take_strands(scene, caption):
            self.refresh(front_only=True)

    def _take_picture(self, picture: Picture, levels: Levels) -> None:
        if picture == self._picture:
            self._levels = levels
            self.refresh()

    def _refuse_picture(self, picture: Picture, sentence: str) -> None:
        if picture == self._picture:
            self.failure = sentence
            self.refresh()

    @property
    def picture_ready(self) -> bool:
        """True once the picture can be drawn."""
        return self._levels is not None

    # -- layout ------------------------------------------------------------------------------------

    @property
    def layout_now(self) -> Layout:
        """Where everything is."""
        if self._layout is None:
            scene, caption = self.shown, self.caption
            if scene is None:
                self._layout = Layout()
                return self._layout
            self._take_strands(scene, caption)
            if len(self._strands) > MOST_AT_ONCE and not self.moving:
                # Few first, all of them bit by bit.
                self._motion.start(0)
            shown = strongest(self._strands, MOST_IN_MOTION) if self.moving else self._strands
            carried = (self._motion.isActive() and self._motion.interval() > 0) or self.reshaping
            self._layout = self._lay_out(scene, caption, shown, self._calm if carried else None)
        return self._layout

    def _lay_out(self, scene: Scene, caption: Caption | None, shown: list[Strand], before: Layout | None) -> Layout:
        size, font = (float(self.width()), float(self.height())), self.tag_font()
        layout = lay_out(self.view, scene, caption, shown, size, font, self._scrolled, before)
        self._scrolled = min(self._scrolled, layout.scroll)
        self._laid = scene, caption
        if before is None:
            self._calm = layout
        return layout

    @property
    def moving(self) -> bool:
        """True while things move or are about to be drawn in full: few soft links are laid out."""
        return self._motion.isActive() or self._filling.active

    @property
    def reshaping(self) -> bool:
        """True while the hand moves a box."""
        return False

    def _take_strands(self, scene: Scene, caption: Caption | None) -> bool:
        """Find the lines to draw; True if they are others."""
        session = self._document.shown
        active = tuple(o.id for o in scene.active)
        key = (scene.constraints, active, caption, session.match, session.other_match, self.soft_threshold)
        if key == self._strands_of:
            return False
        self._strands_of = key
        found = () if caption is None else strands(scene, caption, *key[3:])
        self._strands = list(found)
        return True

    def refresh(self, front_only: bool = False) -> None:
        """Lay out and draw again: everything, or all but the picture."""
        self._filling.drop()
        if not front_only:
            self._base = None
        if not (front_only and self.reshaping):
            self._still.drop()
        self._layout = self._front = None
        self.update()

    def in_motion(self) -> None:
        """Things move: until they stand still, few soft links are drawn, labels stay on their boxes, and the picture,
        with many links all of it, is drawn as on a plain screen.
        """
        self._filling.drop()
        if len(self._strands) > MOST_IN_MOTION or self.devicePixelRatioF() > 1:
            self._motion.start(SETTLED_MS)

    def _settled(self) -> None:
        scene = self.shown
        self._still.drop()
        if scene is not None and len(self._strands) > MOST_AT_ONCE:
            self._filling.begin(self._fill(scene, self.caption))
        else:
            self._layout = self._front = self._base = None
            self.update()

    def _fill(self, scene: Scene, caption: Caption | None) -> Iterator[None]:
        """Paint everything as it looks at rest, link by link; it is shown when all are there."""
        ratio = self.devicePixelRatioF()
        layout = self._lay_out(scene, caption, self._strands, self._calm if self.reshaping else None)
        yield
        base = self.new_layer(ratio)
        painter = QPainter(base)
        self._paint_base(painter, ratio)
        painter.end()
        yield
        front = self.new_layer(ratio)
        front.fill(Qt.GlobalColor.transparent)
        painter = QPainter(front)
        try:
            yield from self._paint_steps(painter, layout, Look(ratio=ratio))
        finally:
            painter.end()
        self._layout, self._base, self._front = layout, base, front
        self._base_at = self._place

    def moved(self) -> None:
        """Draw again after zoom, pan or scrolling."""
        self.in_motion()
        self._still.drop()
        self._base = self._front = self._layout = None
        self.update()
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._filling.drop()
        self._still.drop()
        self._base = self._front = self._layout = None

    def tag_font(self) -> QFont:
        """The font of labels."""
        font = QFont(self.font().family())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    # -- zoom and pan ------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole picture."""
        self.view.fit()
        self.moved()

    def middle(self) -> QPointF:
        return self.view.clip.center()

    def zoom(self, by: float, at: QPointF) -> None:
        if self.shown is not None:
            _ = self.layout_now
            self.view.zoom(by, at)
            self.moved()

    def panned(self, dx: float, dy: float) -> None:
        """Move the picture by so many pixels."""
        self.view.pan(dx, dy)
        self.moved()

    def wheeled(self, by: QPoint, at: QPointF) -> bool:
        if self.layout_now.scroll and self.layout_now.strip.contains(at):
            self._scrolled = min(max(self._scrolled - (by.y() or by.x()), 0.0), self.layout_now.scroll)
            self.moved()
        elif self.shown is not None and not self.view.fitted:
            self.panned(by.x(), by.y())
        else:
            return False
        return True

    # -- light -------------------------------------------------------------------------------------

    def light_up(self, hovered: Pick | None) -> None:
        """Fade what has nothing to do with `hovered`, or light everything again."""
        self._lit = hovered
        if not self._fade.isActive():
            self._fade.start()
        self.update()

    def _fade_on(self) -> None:
        """One step from the light that is left of the rest (`rest`, 0..1) to what should be left."""
        wanted = FADED if self._lit is not None else 1.0
        self.rest += (wanted - self.rest) * 0.4
        if abs(wanted - self.rest) < 0.02:
            self.rest = wanted
            self._fade.stop()
        self.update()

    def look(self) -> Look:
        """How things look just now."""
        return Look(ratio=self.devicePixelRatioF())

    def over(self, layout: Layout, look: Look) -> set[Key]:
        """What is drawn again over the layer of everything: what is lit, and what is in hand."""
        keys: set[Key] = set()
        if self._lit is not None:
            objects, phrases, pairs = self._lit.touches(layout.pairs)
            keys |= {("a", a) for a in objects} | {("b", b) for b in phrases} | {("link", p) for p in pairs}
        if look.picked is not None:
            keys |= {("a", look.picked.object), ("b", look.picked.phrase), ("link", look.picked.pair)}
        if look.aim is not None:
            keys.add(look.aim)
        keys.update(c.key for c in layout.chips if any(w.index in look.words for w in c.words))
        return keys

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if ratio != self._ratio:
            self._ratio = ratio
            self.refresh()
        layout = self.layout_now
        brisk = self.moving and len(self._strands) > MOST_IN_MOTION
        coarse = 1.0 if self.moving else ratio
        loose: set[Key] = set()
        painter = QPainter(self)
        if self.shown is None:
            base = self._base_layer(coarse)
            painter.drawPixmap(0, 0, base)
        elif brisk and (self.reshaping or self.rest == 1.0):
            # In one layer: a second takes as long as what is on it. It is kept for what stands still; with zoom and
            # pan all of it moves at every picture.
            brush = Look(ratio=coarse, brisk=True)
            layer = self._still.layer(
                layout, self._strands, self.rest, lambda but: self._both(layout, replace(brush, but=but))
            )
            loose = self._still.loose
            painter.drawPixmap(0, 0, layer)
        else:
            fine = coarse if brisk else ratio
            if self._front is None:
                self._front = self._front_layer(layout, Look(ratio=fine, brisk=brisk))
            painter.drawPixmap(0, 0, self._base_layer(coarse))
            painter.setOpacity(self.rest)
            painter.drawPixmap(0, 0, self._front)
            painter.setOpacity(1.0)
        if self.shown is not None:
            look = self.look()
            keys = self.over(layout, look)
            if loose - keys:
                painter.setOpacity(self.rest)
                self._paint_front(painter, layout, Look(only=loose - keys, ratio=ratio, brisk=True))
                painter.setOpacity(1.0)
            if keys:
                self._paint_front(painter, layout, replace(look, only=keys))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_top(painter, layout, look)
        painter.end()

    @property
    def _place(self) -> tuple[QRectF, QRectF]:
        return self.view.place, self.view.window

    def _base_layer(self, ratio: float) -> QPixmap:
        """The picture, painted again where it lies elsewhere: a caption of more lines takes room from it."""
        if self._base is None or self._base_at != self._place:
            self._base, self._base_at = self.new_layer(ratio), self._place
            painter = QPainter(self._base)
            self._paint_base(painter, ratio)
            painter.end()
        return self._base

    def _front_layer(self, layout: Layout, look: Look) -> QPixmap:
        """What lies on the picture."""
        front = self.new_layer(look.ratio)
        front.fill(Qt.GlobalColor.transparent)
        painter = QPainter(front)
        self._paint_front(painter, layout, look)
        painter.end()
        return front

    def _both(self, layout: Layout, look: Look) -> QPixmap:
        """The picture and what lies on it, in the light that is left of it."""
        layer = self.new_layer(look.ratio)
        painter = QPainter(layer)
        self._paint_base(painter, look.ratio)
        if self.rest == 1.0:
            self._paint_front(painter, layout, look)
        else:
            painter.setOpacity(self.rest)
            painter.drawPixmap(0, 0, self._front_layer(layout, look))
        painter.end()
        return layer

    def _paint_base(self, painter: QPainter, ratio: float) -> None:
        c = theme().colours
        painter.fillRect(self.rect(), QColor(c.stage))
        scene = self.shown
        if scene is None:
            painter.setPen(QColor(c.muted))
            text = self.tr("Open a picture to match what it shows with the words of its caption.")
            painter.drawText(self.rect().adjusted(40, 20, -40, -20), CENTRED | _WRAP, text)
        elif self._levels is not None:
            self._levels.paint(painter, self.view.place, self.view.window, ratio)
        else:
            clip = self.view.clip
            painter.fillRect(clip, QColor(c.window))
            painter.setPen(QColor(c.bad if self.failure else c.muted))
            painter.drawText(clip.adjusted(20, 20, -20, -20), CENTRED | _WRAP, self.failure or self.tr("Reading…"))

    def _paint_front(self, painter: QPainter, layout: Layout, look: Look) -> None:
        for _ in self._paint_steps(painter, layout, look):
            pass

    def _paint_steps(self, painter: QPainter, layout: Layout, look: Look) -> Iterator[None]:
        """Paint what lies on the picture, a little at a time."""
        window = self.view.window
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(window)
        paint_boxes(painter, layout, look, window)
        painter.restore()
        yield
        yield from paint_curves(painter, layout, look)
        painter.save()
        painter.setClipRect(window)
        paint_tags(painter, layout, look, self.tag_font())
        picked = look.picked
        if picked is not None and picked.kind == "object" and picked.object in layout.boxes.keys() - layout.outlines:
            paint_handles(painter, layout.boxes[picked.object], on_picture(layout.hues[picked.object]), look.ratio)
        painter.restore()
        paint_badges(painter, layout, look, self.small_font())
        self._paint_words(painter, layout, look)

    def _paint_words(self, painter: QPainter, layout: Layout, look: Look) -> None:
        scene, caption = self.shown, self.caption
        if scene is None or caption is None:
            return
        family = self.tag_font().family()
        if look.brisk and look.only is None:
            self._chips.paint(painter, layout, look, family)
        else:
            paint_chips(painter, layout, look, family, meanings(layout))
        if layout.switch and look.only is None:
            at = next(k for k, c in enumerate(scene.captions, 1) if c.id == caption.id)
            text = self.tr("Caption {k} of {n}").format(k=at, n=len(scene.captions))
            paint_switch(painter, layout, text, self.small_font(), look.ratio)

    def small_font(self) -> QFont:
        """The font of figures on curves."""
        font = QFont(self.font().family())
        font.setPixelSize(12)
        return font

    def paint_top(self, painter: QPainter, layout: Layout, look: Look) -> None:
        """What the hand does, drawn over everything."""

    def paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        """Where the keys are."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.drawRoundedRect(rect, 4, 4)


_WRAP = int(Qt.TextFlag.TextWordWrap)
