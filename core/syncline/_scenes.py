"""Scenes opened: a picture with captions, a folder of them, or a data set; and objects detected in them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .edits import links
from .errors import MediaError, ParameterError
from .files import beside, shown
from .match_quality import with_truth
from .model import Caption, Picture, Scene
from .progress import Monitor

if TYPE_CHECKING:
    from .detection import Detector
    from .media.objects import Annotations, Labelled

__all__ = ["Pixels", "caption_of", "detect", "find_regions", "open_scene", "open_scenes", "pixels_of"]

Pixels = Callable[[], "NDArray[np.uint8] | None"]


def open_scene(
    picture: str | Path | Picture, captions: Sequence[str] = (), *, id: int = 1, monitor: Monitor | None = None
) -> Scene:
    """Open a picture with captions, whose noun phrases are found; objects come by `detect` or `Scene.with_objects`.

    Parameters
    ----------
    picture
        A JPEG, PNG, WebP or TIFF file, a frame of a video (``clip.mp4#25``), or one that is open already.
    captions
        Sentences about it; phrases that are marked as in Flickr30k Entities (``[/EN#1/people A man]``) are taken.

    Raises
    ------
    MediaError
        The file can't be used; one sentence says why.
    """
    monitor = monitor or Monitor()
    monitor.check()
    if not isinstance(picture, Picture):
        from .media.pictures import open_still

        picture = open_still(picture, monitor)
    return Scene(id, picture).with_captions(map(caption_of, captions))


def caption_of(text: str) -> Caption:
    """A caption with its noun phrases, or those that are marked in it as in Flickr30k Entities; ids 0."""
    from .words import find_phrases, read_sentence

    marked = read_sentence(text) if "[/EN#" in text else None
    if marked is not None and marked.phrases:
        return marked
    return Caption(0, text, find_phrases(text))


def open_scenes(
    source: str | Path,
    *,
    captions: Sequence[str] = (),
    caption_file: str | Path | None = None,
    boxes: str | Path | None = None,
    labels: Sequence[str] = (),
    truth: str | Path | None = None,
    monitor: Monitor | None = None,
) -> list[Scene]:
    """Open a picture, a folder of pictures, or the file of a data set with its pictures beside it.

    Parameters
    ----------
    source
        A picture, or a frame of a video (``clip.mp4#25``); a folder, in which ``NAME.txt`` may hold the captions of a
        picture; or a file that names pictures
        (COCO and other JSON, CSV, Flickr30k Entities or VOC XML), which lie in its folder or below.
    captions
        Sentences about a single picture.
    caption_file
        A file of captions: text, one a line, or any that names pictures.
    boxes, labels
        A file of objects; names of its classes, where it numbers them.
    truth
        A file of captions whose phrases mean boxes, to judge links by. Without it, that of the data set.

    Returns
    -------
    list of Scene
        Numbered from 1. Of several, a picture that can't be used is left out and named by a warning of `monitor`.

    Raises
    ------
    MediaError
        Nothing can be used.
    """
    from .media import find_pictures, is_picture
    from .media.objects import load_annotations

    monitor = monitor or Monitor()
    source = Path(source)
    own: Annotations | None = None
    problems: list[str] = []
    files: list[Path] = []
    if source.is_dir():
        files = find_pictures(source)
        if not files:
            raise MediaError(f"“{shown(source)}” holds no pictures; choose another folder.")
    elif is_picture(source):
        files = [source]
    elif source.suffix.lower() in _SETS:
        own = load_annotations(source, monitor=monitor.part(0.0, 0.3))
        for item in own.pictures:
            try:
                files.append(beside(source, item.name) if item.name else source.with_suffix(".jpg"))
            except MediaError as error:
                problems.append(str(error))
    else:
        files = [source]  # whatever it is, opening it says so
    if captions and len(files) != 1:
        raise ParameterError(f"One caption can't be about {len(files)} pictures; give a file of captions.")
    several = len(files) > 1

    def annotations(file: str | Path | None, size: tuple[int, int] | None = None) -> Annotations | None:
        return None if file is None else load_annotations(file, size=size, labels=labels)

    notes: list[str] = []
    # YOLO's boxes are shares of the picture, whose size is known only then.
    late = boxes is not None and Path(boxes).suffix.lower() == ".txt"
    shared = [annotations(f) for f in (None if late else boxes, caption_file, truth)]
    for known in (own, *shared):
        notes += known.notes if known is not None else ()
    scenes: list[Scene] = []
    for k, file in enumerate(files):
        monitor.advance(k, len(files))
        try:
            picture = open_scene(file).picture
            things = annotations(boxes, (picture.width, picture.height)) if late else shared[0]
            sources = (things, shared[1], own, _beside(file) if source.is_dir() else None)
            scene = _assembled(picture, len(scenes) + 1, captions, [_of(s, file) for s in sources])
            marked = _of(shared[2], file)
            scenes.append(scene if marked is None else with_truth(scene, marked.scene(picture)))
        except MediaError as error:
            if not several:
                raise
            problems.append(str(error))
    for sentence in [*notes, *problems]:
        monitor.warn(sentence)
    if not scenes:
        raise MediaError(problems[0] if problems else f"“{shown(source)}” names no pictures; choose another file.")
    return scenes


_SETS = (".json", ".csv", ".tsv", ".xml")


def _of(known: Annotations | None, file: Path) -> Labelled | None:
    return None if known is None else known.of(file.name)


def _beside(file: Path) -> Annotations | None:
    """The captions of ``NAME.txt`` beside a picture, if there is one."""
    from .media.objects import plain

    text = file.with_suffix(".txt")
    return plain.read(text) if text.is_file() else None


def _assembled(picture: Picture, id: int, captions: Sequence[str], sources: Sequence[Labelled | None]) -> Scene:
    """A scene with the objects and the captions of the first source that has some."""
    things = next((s for s in sources if s is not None and s.objects), None)
    said = next((s for s in sources if s is not None and s.captions), None)
    if captions:
        scene = replace(things, captions=()).scene(picture, id) if things else Scene(id, picture)
        return scene.with_captions(map(caption_of, captions))
    if said is None:
        return things.scene(picture, id) if things else Scene(id, picture)
    found = tuple(c if c.phrases else caption_of(c.text) for c in said.captions)
    objects = things.objects if things else ()
    return replace(said, objects=objects, captions=found).scene(picture, id)


def detect(
    scene: Scene,
    detector: Detector | str = "both",
    *,
    threshold: float | None = None,
    pixels: Pixels | None = None,
    monitor: Monitor | None = None,
) -> Scene:
    """Find objects in the picture, and put them in the place of those detected before (`edits.links.set_detections`).

    Parameters
    ----------
    detector
        A `detection.Detector`, or the name of one that comes with the program.
    threshold
        From which score on objects are active; None takes the detector's own. It can be moved without detecting
        again: ``dataclasses.replace(scene, threshold=0.3)``.
    pixels
        As `measure`.

    Raises
    ------
    MediaError
        The picture or a model can't be read.
    ParameterError
        The threshold is not within 0 and 1.
    """
    if isinstance(detector, str):
        detector = _detector(detector)
    monitor = monitor or Monitor()
    image = _image(scene, pixels, monitor.part(0.0, 0.3, "Reading the picture"))
    found = detector.detect(image, monitor.part(0.3, 1.0, "Detecting"))
    return links.set_threshold(
        links.set_detections(scene, found), detector.threshold if threshold is None else threshold
    )


def find_regions(
    scene: Scene, count: int | None = None, *, pixels: Pixels | None = None, monitor: Monitor | None = None
) -> Scene:
    """Part the picture into regions (sky, grass, road), and put them in the place of those found before.

    Each becomes an object with an outline, a colour and a place for a label; nobody says what it is. Objects that were
    detected, drawn or imported stay (`edits.links.set_regions`).

    Parameters
    ----------
    count
        Regions wanted, 12 by default; there are fewer where the picture has no more that differ.
    pixels
        As `measure`.

    Raises
    ------
    MediaError
        The picture can't be read.
    ParameterError
        So many can't be wanted.
    """
    from . import regions

    count = regions.check(regions.USUAL if count is None else count)
    monitor = monitor or Monitor()
    image = _image(scene, pixels, monitor.part(0.0, 0.3, "Reading the picture"))
    return links.set_regions(scene, regions.find(image, count, monitor.part(0.3, 1.0, "Finding regions")))


def _image(scene: Scene, pixels: Pixels | None, monitor: Monitor) -> NDArray[np.uint8]:
    image = pixels() if pixels is not None else pixels_of(scene.picture, monitor)
    if image is None:
        raise MediaError(f"“{scene.picture.path.name}” can't be read; locate it or choose another file.")
    return image


@lru_cache(maxsize=4)
def _detector(name: str) -> Detector:
    from . import detection

    return detection.shipped(name)


_pixels: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
_pixels_lock = threading.Lock()
_PIXELS_KEPT = 4


def pixels_of(picture: Picture, monitor: Monitor | None = None) -> NDArray[np.uint8]:
    """The picture, uint8 (h, w, 3), BGR, as it is seen; the latest are kept."""
    key = f"{picture.digest} {picture.frame}"
    with _pixels_lock:
        if key in _pixels:
            return _pixels[key]
    from .media.pictures import read_pixels

    image = read_pixels(picture, monitor)
    with _pixels_lock:
        _pixels[key] = image
        while len(_pixels) > _PIXELS_KEPT:
            _pixels.popitem(last=False)
    return image
