"""What a phrase says, by short lists of words: head, number, colours, sizes, places, and what it is with.

English, and only what a picture can confirm; a word that is not on a list says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from ..model.scene import Caption, Phrase
from ..words import head as head_of
from ..words import is_word, tokens_of

__all__ = ["COLOURS", "Reading", "is_living", "is_person", "lemma", "plain_label", "read_caption", "tokens"]

_V = TypeVar("_V")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _each(text: str, value: _V) -> dict[str, _V]:
    return dict.fromkeys(text.split(), value)


_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "people": "person",
    "persons": "person",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "oxen": "ox",
    "knives": "knife",
    "wives": "wife",
    "wolves": "wolf",
    "leaves": "leaf",
    "loaves": "loaf",
    "shelves": "shelf",
    "calves": "calf",
    "scarves": "scarf",
    "halves": "half",
    "buses": "bus",
    "movies": "movie",
    "ties": "tie",
    "pies": "pie",
}
_NO_PLURAL = _set(
    "bus gas glass grass dress address canvas cactus octopus tennis lens class cross business this his its as is was "
    "scissors skis jeans pants trousers shorts glasses sunglasses goggles binoculars clothes series species sheep fish "
    "deer aircraft across towards always perhaps less"
)
_NO_MEN = _set("specimen abdomen regimen semen acumen ramen stamen cyclamen")
_PAIRS = _set(
    "scissors jeans pants trousers shorts glasses sunglasses goggles binoculars clothes series species across"
)
"""End in s but are one thing."""

_ONE_TO_TWELVE = "one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {
    **{word: k for k, word in enumerate(_ONE_TO_TWELVE.split(), 1)},
    **_each("single another", 1),
    **_each("couple pair both twins duo", 2),
    "trio": 3,
    "dozen": 12,
}
_GROUPS = _set(
    "group crowd team family bunch herd flock crew audience band several many few some various multiple pack gang "
    "people children men women all row line"
)
_DEFINITE = _set("the this that these those")
_DETERMINERS = _DEFINITE | _set("a an its his her their my your our another some each every")

COLOURS: dict[str, tuple[str, ...]] = {
    "red": ("red",),
    "maroon": ("red", "brown"),
    "orange": ("orange",),
    "yellow": ("yellow",),
    "golden": ("orange", "yellow", "brown"),
    "gold": ("orange", "yellow", "brown"),
    "blond": ("orange", "yellow"),
    "blonde": ("orange", "yellow"),
    "tan": ("orange", "brown", "yellow"),
    "beige": ("orange", "brown", "yellow"),
    "brown": ("brown", "orange"),
    "green": ("green",),
    "turquoise": ("green", "blue"),
    "teal": ("green", "blue"),
    "blue": ("blue",),
    "navy": ("blue",),
    "purple": ("purple",),
    "violet": ("purple",),
    "pink": ("pink",),
    "white": ("white",),
    "black": ("black",),
    "dark": ("black",),
    "grey": ("grey",),
    "gray": ("grey",),
    "silver": ("grey", "white"),
}
"""Colour words and the names of the basic colours they may be."""

_SIZES: dict[str, tuple[str, float]] = {
    **_each("small little tiny miniature smaller smallest", ("area", -1.0)),
    **_each("big large huge giant enormous bigger larger biggest largest", ("area", 1.0)),
    **_each("tall taller tallest", ("height", 1.0)),
    **_each("short shorter shortest", ("height", -1.0)),
    **_each("wide long wider longer", ("width", 1.0)),
    **_each("narrow thin slim", ("width", -1.0)),
    # The young are smaller, not always the smallest.
    **_each("puppy kitten lamb calf foal cub", ("area", -0.5)),
    **_each("baby boy girl child kid toddler infant", ("stature", -0.5)),
}
_PLACES = {
    **_each("left leftmost", "left"),
    **_each("right rightmost", "right"),
    **_each("top upper topmost above overhead", "top"),
    **_each("bottom lower lowest below", "bottom"),
    **_each("middle center centre central", "middle"),
    **_each("foreground front nearest closest", "near"),
    **_each("background back distance distant far farthest", "far"),
}
_PEOPLE = _set(
    "person people human man woman boy girl child kid baby toddler infant teenager teen adult lady gentleman guy "
    "girlfriend boyfriend mother father mom dad parent son daughter brother sister grandmother grandfather "
    "grandma grandpa wife husband bride groom couple friend family crowd audience spectator bystander pedestrian "
    "passenger tourist visitor customer shopper worker builder player athlete runner jogger walker hiker climber "
    "swimmer diver surfer skier skater skateboarder snowboarder skydiver boxer wrestler golfer batter pitcher "
    "catcher goalie referee umpire coach rider biker driver pilot captain sailor rower kayaker cowboy jockey "
    "dancer singer musician drummer performer entertainer actor clown model photographer painter writer reader "
    "speaker teacher student pupil doctor nurse officer soldier guard firefighter cop police chef cook waiter "
    "waitress baker butcher barber farmer gardener vendor seller merchant mechanic carpenter plumber welder "
    "engineer scientist lawyer judge priest nun monk king queen prince princess hunter angler camper protester "
    "marcher leader member someone somebody individual figure elder senior youth youngster lad lass twin"
)
_WORN = _set(
    "hat cap helmet hood hoodie shirt t-shirt tshirt blouse sweater sweatshirt jacket coat vest suit dress skirt "
    "jeans pants trousers shorts shoe boot sandal sneaker sock glove mitten scarf tie bowtie belt apron uniform "
    "jersey robe gown costume clothes clothing outfit swimsuit bikini wetsuit glasses sunglasses goggles mask "
    "necklace bracelet earring ring watch badge collar leash harness bandana headband earphone headphone makeup "
    "tattoo beard mustache head face hand arm leg foot finger toe knee elbow shoulder back chest hair ear eye "
    "nose mouth tongue tooth neck paw tail fur wing beak horn hoof trunk mane feather"
)
_ANIMALS = _set(
    "dog cat horse sheep cow cattle bull goat pig bird duck elephant bear zebra giraffe animal monkey lion tiger"
)
_NO_PEOPLE = _set("checklist playlist shortlist mannequin caveman")
"""End as people do."""
_ATTRIBUTES = (
    frozenset(COLOURS)
    | frozenset(_NUMBERS)
    | frozenset(_PLACES)
    | frozenset(w for w, (_, sign) in _SIZES.items() if abs(sign) == 1)
    | _set("and or many several few")
)
"""They say what a thing is like, not what it is."""
_LINKING = _set(
    "with in on of at by near under behind beside atop inside over wearing wears holding holds held carrying carries "
    "riding rides pulling pulls pushing pushes walking walks using uses driving drives playing plays sitting sits "
    "raises raising has having"
)
"""Words after which comes what somebody wears, holds or is close to."""
_JOINING = frozenset({"and", "or"})
_REACH = 4
"""Words that may stand between somebody and what they wear or hold."""

_SPELLINGS = {
    "tvmonitor": "tv monitor",
    "diningtable": "dining table",
    "pottedplant": "potted plant",
    "aeroplane": "airplane",
    "motorbike": "motorcycle",
}


def tokens(text: str) -> list[tuple[int, int, str]]:
    """Start, end and lower-case letters of every word of `text`."""
    return [(t.start, t.end, t.text.lower()) for t in tokens_of(text) if is_word(t)]


def lemma(word: str) -> str:
    """The singular of an English noun in lower case, by rule; other words as they are, nearly always."""
    word = word.lower()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _NO_PLURAL or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("men") and word not in _NO_MEN:
        return word[:-2] + "an"
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes", "toes")):
        return word[:-2]
    return word.removesuffix("s")


def plain_label(label: str) -> str:
    """A detector's label as one would say it: ``"TVMonitor"``, ``"tv_monitor"`` → ``"tv monitor"``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    plain = " ".join(re.sub(r"[_/\-]+", " ", spaced).lower().split())
    return _SPELLINGS.get(plain.replace(" ", ""), plain)


def is_person(word: str) -> bool:
    """Whether a noun in singular names a person by what they are or do."""
    named = word in _PEOPLE or (len(word) > 5 and word.endswith(("ist", "man", "woman", "person", "boy", "girl")))
    return named and word not in _NO_PEOPLE


def is_living(label: str) -> bool:
    """Whether a label as `plain_label` gives it names a person or an animal."""
    return any(is_person(lemma(w)) or lemma(w) in _ANIMALS for w in label.split()[-1:])


@dataclass(frozen=True)
class Reading:
    """What one phrase says.

    Attributes
    ----------
    text
        Its words without determiners and stop words, lower case; at least one word.
    bare
        The same without words of number, colour, size and place, which are judged by what the picture shows.
    head
        Lemma of the word that says what it is.
    lemmas
        Of the words of `bare`.
    count
        How many objects it means; None: more than one.
    definite
        It begins with “the”, “this”, …: perhaps somebody who was mentioned before.
    colours
        Words of `COLOURS`: its own, or of what it wears, is with or carries.
    sizes
        Pairs of a measure (area, height, width, stature) and a sign, −1 (small) to 1.
    places
        left, right, top, bottom, middle, near, far.
    kind
        What it is a kind of, where the word tells: “person” of a cyclist; else empty.
    worn
        It is worn, or a part of a body, and so is neither a person nor an animal.
    partners
        Places among the phrases of the caption of those that it wears, holds or is close to.
    """

    text: str
    bare: str
    head: str
    lemmas: tuple[str, ...]
    count: int | None = 1
    definite: bool = False
    colours: tuple[str, ...] = ()
    sizes: tuple[tuple[str, float], ...] = ()
    places: tuple[str, ...] = ()
    partners: tuple[int, ...] = ()
    kind: str = ""
    worn: bool = False


@lru_cache(maxsize=1024)
def read_caption(caption: Caption) -> tuple[Reading, ...]:
    """Read every phrase of a caption, in order."""
    words = tokens(caption.text)
    own = [_read(caption, p, words) for p in caption.phrases]
    partners: list[list[int]] = [[] for _ in own]
    extra: list[list[str]] = [[] for _ in own]
    owner: int | None = None
    for k in range(1, len(own)):
        gap = [w for s, e, w in words if s >= caption.phrases[k - 1].end and e <= caption.phrases[k].start]
        if gap and gap[0] in _LINKING and len(gap) <= _REACH:
            owner = k - 1
        elif not (owner is not None and gap and set(gap) <= _JOINING | _DETERMINERS):
            owner = None
        if owner is not None:
            partners[owner].append(k)
            extra[owner] += own[k].places if own[k].head in _PLACES else ()
    return tuple(
        replace(
            reading,
            colours=reading.colours or tuple(c for j in partners[k] for c in own[j].colours),
            places=reading.places + tuple(extra[k]),
            partners=tuple(partners[k]),
        )
        for k, reading in enumerate(own)
    )


def _read(caption: Caption, phrase: Phrase, words: list[tuple[int, int, str]]) -> Reading:
    inside = [w for w in words if phrase.start <= w[0] and w[1] <= phrase.end]
    said = [w for w in inside if w[:2] not in caption.stop] or inside
    if not said:
        text = caption.of(phrase).strip().lower()
        return Reading(text, text, text, (text,))
    token = head_of(caption, phrase)
    end = said[-1][1] if token is None else token.end
    text = [w for _, _, w in said if w not in _DETERMINERS] or [w for _, _, w in said]
    # “people” of “group of people”, “tall man” of “tall man with a hat”.
    core: list[str] = []
    for _, e, w in said:
        if e <= end:
            core = [] if w in _LINKING else [*core, w]
    core = [w for w in core if w not in _DETERMINERS] or text
    bare = [w for w in core if w not in _ATTRIBUTES and not w.isdecimal()] or core
    head = bare[-1]
    noun = lemma(head)
    numbers = [_NUMBERS.get(w) or (int(w) if w.isdecimal() and 0 < int(w) < 1000 else None) for w in text]
    number = next((k for k in numbers if k), None)
    plural = (noun != head and head not in _PAIRS) or any(w in _GROUPS for w in text)
    before = next((w for _, e, w in reversed(words) if e <= phrase.start), "")
    after = [w for s, _, w in words if s >= phrase.end][:3]
    places = [_PLACES[w] for w in text if w in _PLACES]
    if after and after[0] in ("on", "in", "at"):
        # “the dog on the left”, where “left” is no phrase of its own.
        places += [_PLACES[w] for w in after[1:] if w in _PLACES][:1]
    return Reading(
        " ".join(text),
        " ".join(bare),
        noun,
        tuple(map(lemma, bare)),
        number if number is not None and (plural or number > 1) else None if plural else 1,
        said[0][2] in _DEFINITE or before in _DEFINITE,
        tuple(w for w in core if w in COLOURS),
        tuple(_SIZES[w] for w in map(lemma, core) if w in _SIZES),
        tuple(dict.fromkeys(places)),
        kind="person" if is_person(noun) else "",
        worn=noun in _WORN,
    )
