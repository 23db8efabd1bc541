"""Tokens that put the text together again, phrases against hand-marked captions, Flickr30k sentences there and back."""

from __future__ import annotations

import itertools
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.errors import ParameterError
from syncline.model import Caption, Phrase
from syncline.words import (
    dump_sentences,
    find_phrases,
    head,
    is_word,
    load_sentences,
    read_sentence,
    tokens_of,
    write_sentence,
)
from syncline.words.lexicon import _lexicon, by_ending, word_class

ARTICLES = re.compile(r"(?:(?:a|an|the|its|his|her|their|some|another)\s+)*", re.IGNORECASE)


@given(st.text())
def test_tokens_are_the_text_without_its_white_space(text: str) -> None:
    found = tokens_of(text)
    assert all(text[t.start : t.end] == t.text and t.text for t in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert "".join(t.text for t in found) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("A man's hat, a T-shirt.", "A|man|'s|hat|,|a|T-shirt|."),
        ("the dogs’ bowl’s", "the|dogs|’|bowl|’s"),
        ("the man 's dog does n't", "the|man|'s|dog|does|n't"),
        ("3.5 m, 10:30 or 1,000", "3.5|m|,|10:30|or|1,000"),
        ("cafe\u0301 na\u00efve हिन्दी", "cafe\u0301|na\u00efve|हिन्दी"),
        ("一只狗 on 草", "一|只|狗|on|草"),
        ("👍🏽 ok ❤️!", "👍🏽|ok|❤️|!"),
        ("'quoted' -dash- (U.S.)", "'|quoted|'|-|dash|-|(|U.S|.|)"),
        ("", ""),
    ],
)
def test_tokens_of_odd_text(text: str, want: str) -> None:
    assert "|".join(t.text for t in tokens_of(text)) == want


def test_marks_are_no_words() -> None:
    assert [is_word(t) for t in tokens_of("red , 3 'a' ❤️")] == [True, False, True, False, True, False, False]


def bare(caption: Caption, phrase: Phrase) -> tuple[int, int]:
    article = ARTICLES.match(caption.of(phrase))
    assert article is not None
    return phrase.start + article.end(), phrase.end


def marked(file: Path) -> list[Caption]:
    return list(load_sentences(file.read_text(encoding="utf-8")))


def shared(data: Path) -> list[Caption]:
    captions: list[Caption] = []
    for item in json.loads((data / "images" / "captions_boxes.json").read_text())["images"]:
        for c in item["captions"]:
            places = [m.span() for m in re.finditer(r"\w+", c["text"])]
            phrases = [Phrase(0, places[p["first_word"]][0], places[p["last_word"]][1]) for p in c["phrases"]]
            captions.append(Caption(0, c["text"], tuple(phrases)))
    return captions


def agreement(captions: list[Caption]) -> tuple[int, int, int]:
    """Phrases found as marked, articles apart; all found; all marked."""
    right = found = wanted = 0
    for caption in captions:
        got = {bare(caption, p) for p in find_phrases(caption.text)}
        want = {bare(caption, p) for p in caption.phrases}
        right, found, wanted = right + len(got & want), found + len(got), wanted + len(want)
    return right, found, wanted


def test_phrases_of_the_shared_captions(data: Path) -> None:
    # What is found beyond them are “a photo”, “the road” and “the roadside”, which have no boxes.
    assert agreement(shared(data)) == (23, 26, 23)


def test_phrases_of_captions_marked_by_hand() -> None:
    right, found, wanted = agreement(marked(Path(__file__).with_name("captions.txt")))
    assert wanted > 200
    assert right / found >= 0.95 and right / wanted >= 0.95


def test_phrases_end_before_verbs_and_join_what_of_joins() -> None:
    text = (
        "Three people walk past a red, white and blue flag in front of the back of a truck , and the brick building ."
    )
    assert [text[p.start : p.end] for p in find_phrases(text)] == [
        "Three people", "red, white and blue flag", "back of a truck", "brick building",
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_phrases_of_any_text_are_a_caption(text: str) -> None:
    caption = Caption(1, text, find_phrases(text))
    starts, ends = ({getattr(t, k) for t in tokens_of(text)} for k in ("start", "end"))
    assert all(p.start in starts and p.end in ends for p in caption.phrases)


@pytest.mark.parametrize(
    "text", ["", "   ", "of " * 5000, "group of " * 3000, "dog" * 30_000, "a " * 9000 + "dog", "[" * 9000]
)
def test_long_and_empty_text_takes_no_time(text: str) -> None:
    start = time.perf_counter()
    phrases = find_phrases(text)
    assert time.perf_counter() - start < 5
    for p in phrases:
        assert head(Caption(1, text, (p,)), p) is not None


@pytest.mark.parametrize(
    ("text", "stop", "want"),
    [
        ("small brown dog", (), "dog"),
        ("group of young people", (), "people"),
        ("a pair of red shoes", (), "shoes"),
        ("back of a truck", (), "back"),
        ("cup of coffee", (), "cup"),
        ("man in a hat", (), "man"),
        ("golden retriever puppy", ((17, 22),), "retriever"),
        ("red", ((0, 3),), None),
        ("group of", (), "group"),
        ("!?", (), None),
    ],
)
def test_heads(text: str, stop: tuple[tuple[int, int], ...], want: str | None) -> None:
    phrase = Phrase(1, 0, len(text))
    found = head(Caption(2, text, (phrase,), frozenset(stop)), phrase)
    assert (found and found.text) == want


def test_a_sentence_as_the_data_set_has_it() -> None:
    line = "[/EN#283/people Two men] in [/EN#9/vehicles/scene the subway] , [/EN#0/notvisual who] wave .\n"
    caption = read_sentence(line)
    assert caption.text == "Two men in the subway , who wave ."
    assert [(caption.of(p), p.kind, p.entity) for p in caption.phrases] == [
        ("Two men", "people", "283"), ("the subway", "vehicles/scene", "9"), ("who", "notvisual", "0"),
    ]  # fmt: skip
    assert write_sentence(caption) == line.strip()


words = st.lists(st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=6), max_size=8)


@st.composite
def captions(draw: st.DrawFn) -> Caption:
    text, phrases = "", []
    for k, group in enumerate(draw(st.lists(words.filter(bool), max_size=5))):
        at = len(text) + bool(text)
        text = f"{text} {' '.join(group)}".strip()
        if draw(st.booleans()):
            kind = draw(st.sampled_from(["people", "vehicles/scene", "other"]))
            phrases.append(Phrase(0, at, len(text), kind, str(draw(st.integers(0, 10**6)) * 10 + k)))
    return Caption(0, text, tuple(phrases))


@given(captions().filter(lambda c: "-LSB-" not in c.text and "-RSB-" not in c.text))
def test_sentences_come_back_as_they_were(caption: Caption) -> None:
    line = write_sentence(caption)
    assert "\n" not in line
    assert read_sentence(line) == caption
    assert load_sentences(dump_sentences([caption, caption])) == ((caption,) * 2 if caption.text else ())


def test_brackets_and_line_ends_of_a_text_do_no_harm() -> None:
    text = "a [/EN#1/x dog] and a\ncat]"
    caption = Caption(1, text, (Phrase(4, 2, 15), Phrase(5, 22, 26, "a b]", "x/y [")))
    line = write_sentence(caption)
    again = read_sentence(line)
    assert again.text == text.replace("\n", " ")
    assert [p.span for p in again.phrases] == [(2, 15), (22, 26)]


def test_entities_of_links_are_written_and_missing_ones_are_new() -> None:
    caption = Caption(
        1, "a dog and a cat or bird", (Phrase(4, 2, 5), Phrase(5, 12, 15, "animals", "7"), Phrase(6, 19, 23))
    )
    assert write_sentence(caption, {4: "12"}) == "a [/EN#12/other dog] and a [/EN#7/animals cat] or [/EN#13/other bird]"


@pytest.mark.parametrize(
    "line", ["[/EN#1/x ", "[/EN# /x dog]", "[/EN#1/x ]", "]][[", "[/EN#1 dog", "[/EN#1/x a [/EN#2/y dog]"]
)
def test_what_is_no_mark_stays_text(line: str) -> None:
    caption = read_sentence(line)
    assert all(caption.of(p) == "dog" for p in caption.phrases)


def test_endless_sentences_are_refused_and_take_no_time() -> None:
    start = time.perf_counter()
    for line in ("[/EN#1/x " * 11_000, "[/EN#1/x " + " " * 99_000, "[/EN#" + "/" * 99_000, "[/EN#1" + "/a" * 40_000):
        read_sentence(line)
    assert time.perf_counter() - start < 5
    with pytest.raises(ParameterError):
        read_sentence("a" * 100_001)
    with pytest.raises(ParameterError):
        load_sentences("a\n" * 1001)


@pytest.mark.parametrize(
    ("word", "want"),
    [
        ("dog", "N"), ("dogs", "S"), ("raises", "V"), ("running", "G"), ("closed", "E"), ("brown", "J"), ("three", "C"),
        ("stand", "B"), ("together", "-"), ("hoodie", "N"), ("selfies", "S"), ("t-shirt", "N"), ("brown-eyed", "J"),
        ("12", "C"), ("n't", "-"), ("isn’t", "-"), ("-", "N"), ("bus", "N"), ("glorps", "S"), ("glorping", "G"),
    ],
)  # fmt: skip
def test_classes_of_words(word: str, want: str) -> None:
    assert word_class(word) == want


def test_the_lexicon_holds_only_what_endings_do_not_tell() -> None:
    assert len(_lexicon()) > 10_000
    assert all(by_ending(word) != known for word, known in _lexicon().items())
