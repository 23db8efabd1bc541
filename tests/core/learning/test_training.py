"""Training: what is learned, what is refused, what is left behind."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
import threadpoolctl
from learning_made import f1_of_the_rest, hidden_map, planted, with_known

from syncline import learning
from syncline.errors import Cancelled, MediaError, ParameterError
from syncline.learning import REGISTRY, Example, Scorer, joint
from syncline.learning._training import calibrate
from syncline.progress import Monitor

MODELS = [
    ("contrastive", {"model": "linear"}),
    ("contrastive", {"model": "two layers"}),
    ("joint", {"model": "linear"}),
    ("joint", {"model": "orthogonal"}),
    ("joint", {"model": "two layers"}),
    ("gate", {}),
]


@pytest.fixture(autouse=True)
def one_thread():
    """Several would wait for one another longer than such small matrices take."""
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def pictures(method, **how):
    return planted(**how) if method == "gate" else hidden_map(**how)


def test_every_learner_is_tried():
    assert {m for m, _ in MODELS} == set(REGISTRY.names())


@pytest.mark.parametrize(("method", "params"), MODELS)
def test_the_other_half_of_the_links_is_found(method, params):
    examples, truth = pictures(method)
    random = np.random.default_rng(0)
    chance = f1_of_the_rest([random.random(e.links.shape) for e in examples], examples, truth)
    scorer = learning.train(examples, method, params)
    after = f1_of_the_rest([learning.score(scorer, e) for e in examples], examples, truth)
    assert chance < 0.5 and after >= 0.9
    assert scorer.figures["held_out_right"] >= 0.75


@pytest.mark.parametrize(("method", "params"), MODELS)
def test_the_same_seed_gives_the_same_weights(method, params):
    examples, _ = pictures(method, pictures=8)
    short = params | ({"starts": 2} if method == "joint" else {"epochs": 15})
    one, two, other = (learning.train(examples, method, short | {"seed": s}) for s in (1, 1, 2))
    assert one.digest == two.digest != other.digest
    for name, array in one.arrays.items():
        assert np.array_equal(array, two.arrays[name])
    assert np.array_equal(one.curve, two.curve, equal_nan=True)


@pytest.mark.parametrize(("method", "params"), MODELS)
def test_cancelling_leaves_nothing(method, params):
    examples, _ = pictures(method, pictures=8)
    before = [e.objects.copy() for e in examples]
    monitor, seen = Monitor(), []

    def live(epoch):
        seen.append(epoch)
        if len(seen) == 1:
            monitor.cancel()

    with pytest.raises(Cancelled):
        learning.train(examples, method, params | {"held_out": 0.0}, monitor=monitor, live=live)
    assert len(seen) == 1
    assert all(np.array_equal(e.objects, b) for e, b in zip(examples, before, strict=True))


@pytest.mark.parametrize("method", REGISTRY.names())
@pytest.mark.parametrize(("count", "said"), [(0, "there is none"), (1, "there is only one"), (2, "there are only 2")])
def test_few_links_are_one_clear_sentence(method, count, said):
    examples, _ = pictures(method, pictures=4)
    with pytest.raises(ParameterError) as caught:
        learning.train(with_known(examples, count), method)
    sentence = str(caught.value)
    assert said in sentence and "at least 3 corrected links" in sentence and sentence.endswith("checked.")
    learning.train(with_known(examples, 3), method)


def test_links_with_nothing_against_them_are_refused():
    alone = [
        Example(np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 1), bool), np.ones((1, 1), bool), ("dog",), ("dog",))
    ] * 5
    with pytest.raises(ParameterError, match="nothing to tell links from"):
        learning.train(alone)


def test_progress_and_live_loss():
    examples, _ = hidden_map(10)
    told, seen = [], []
    scorer = learning.train(
        examples, monitor=Monitor(lambda label, share: told.append(share)), live=seen.append, params={"patience": 5}
    )
    assert [e.epoch for e in seen] == list(range(len(seen))) and told == sorted(told)
    assert np.array_equal(scorer.curve, [[e.epoch, e.loss, e.held_out] for e in seen])
    best = int(scorer.figures["best_epoch"])
    assert scorer.curve[best, 2] < 0.5 * scorer.curve[0, 2]
    # It stopped because nothing was gained any more, not because the epochs ran out.
    assert len(seen) == best + 6 < 301


@pytest.mark.parametrize(("method", "params"), MODELS)
def test_progress_never_goes_back(method, params):
    examples, _ = pictures(method, pictures=6)
    told = []
    learning.train(examples, method, params, monitor=Monitor(lambda label, share: told.append(share)))
    assert told and told == sorted(told) and min(told) >= 0 and max(told) <= 1


def test_held_out_pictures_teach_nothing():
    examples, _ = hidden_map(10)
    scorer = learning.train(examples, params={"epochs": 5, "patience": 100, "prior": 0.0})
    assert scorer.figures["held_out_pictures"] == 2
    changed, same = 0, 0
    for k in range(len(examples)):
        other = learning.train(
            [replace(x, words=x.words[::-1]) if i == k else x for i, x in enumerate(examples)],
            params={"epochs": 5, "patience": 100, "prior": 0.0},
        )
        steps = np.array_equal(scorer.curve[:, 1], other.curve[:, 1])
        same += steps
        changed += not steps
    assert (same, changed) == (2, 8)


def test_what_is_not_known_of_an_object_counts_as_the_average():
    examples, _ = hidden_map(10)
    scorer = learning.train(examples)
    hole = examples[0].objects.copy()
    hole[0, 3:] = np.nan
    filled = hole.copy()
    filled[0, 3:] = scorer.arrays["mean"][3:]
    scores = [learning.score(scorer, replace(examples[0], objects=x)) for x in (hole, filled)]
    assert np.array_equal(*scores) and np.isfinite(scores[0]).all()


def test_a_shared_space_is_where_training_begins():
    """Without any step a scorer says what the shared columns say."""
    random = np.random.default_rng(0)
    words = random.normal(size=(6, 64))
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    objects = np.hstack([words, random.normal(size=(6, 4))])
    eye = np.eye(6, dtype=bool)
    examples = [Example(objects, words, eye, np.ones_like(eye), shared=64)] * 3
    for method, params in MODELS[:5]:
        first = learning.train(examples, method, params | {"prior": 1e6, "held_out": 0.0})
        assert (learning.score(first, examples[0]).argmax(1) == np.arange(6)).all(), (method, params)


# -- joint ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["linear", "orthogonal", "two layers"])
@pytest.mark.parametrize("fee", [None, 0.5])
def test_no_half_step_raises_the_objective(model, fee):
    examples, _ = hidden_map(12, seed=5, noise=0.4)
    few = [replace(e, links=e.links & (k < 2), known=e.known & (k < 2)) for k, e in enumerate(examples)]
    values = []
    scorer = learning.train(few, "joint", {"model": model, "fee": fee, "guessed": 1.0, "starts": 3}, live=values.append)
    starts = [k for k, e in enumerate(values) if e.epoch == 0]
    assert len(starts) == 3 and scorer.figures["start_spread"] >= 0
    for a, b in zip(starts, [*starts[1:], len(values)], strict=True):
        losses = [e.loss for e in values[a:b]]
        assert all(y <= x + 1e-9 * abs(x) for x, y in pairwise(losses))
        assert model == "two layers" or len(losses) > 1


def test_pictures_without_corrected_links_help_to_find_the_map():
    """ALGORITHMS 3.4: from a few links alone the map is not found; with the links it finds in turn, it is."""
    examples, truth = hidden_map(60, n=4, p=10, q=10, noise=0.6, seed=2)
    few = [replace(e, links=e.links & (k < 2), known=e.known & (k < 2)) for k, e in enumerate(examples)]

    def f1(**params):
        scorer = learning.train(few, "joint", {"held_out": 0.0, "prior": 0.1, **params})
        return f1_of_the_rest([learning.score(scorer, e) for e in few], few, truth)

    alone, both = f1(guessed=0.0), f1(guessed=0.3)
    assert alone < 0.7 and both >= 0.95


@pytest.mark.parametrize("fee", [None, 1.0])
def test_links_are_chosen_as_trying_all_of_them_would(fee):
    random = np.random.default_rng(1)
    params = joint.JointParams(fee=fee, guessed=1.0)
    for _ in range(40):
        n, m = random.integers(1, 5, 2)
        links = np.zeros((n, m), bool)
        links[0, 0] = random.random() < 0.5
        known = links | (random.random((n, m)) < 0.2)
        known |= links.any(0)
        example = Example(np.zeros((n, 2)), np.zeros((m, 2)), links, known)
        costs = random.random((n, m)) * 3
        found = joint.choose(params, joint._Scene(np.zeros((n, 2)), np.zeros((m, 2)), example), costs)
        pairs = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
        assert set(map(tuple, np.argwhere(links).tolist())) <= set(pairs)
        chosen = [(i, j) for i, j in pairs if not links[i, j]]
        assert not any(known[i, j] for i, j in chosen)
        columns = [j for j in range(m) if not links[:, j].any()]
        rows = [i for i in range(n) if not links[i].any()]
        best = (np.inf, np.inf)
        for order in permutations([*rows, *[-1] * len(columns)], len(columns)):
            taken = [(i, j) for i, j in zip(order, columns, strict=True) if i >= 0]
            if any(known[i, j] for i, j in taken):
                continue
            left = len(columns) - len(taken)
            cost = sum(costs[i, j] for i, j in taken)
            best = min(best, (left, cost) if fee is None else (cost + fee * left, 0.0))
        cost = sum(costs[i, j] for i, j in chosen)
        mine = (found.alone, cost) if fee is None else (cost + fee * found.alone, 0.0)
        assert mine == pytest.approx(best)


# -- calibration, keeping -------------------------------------------------------------------------


def test_calibration_finds_the_chance_that_made_the_links():
    random = np.random.default_rng(0)
    raw = random.normal(2.0, 3.0, 40_000)
    links = random.random(40_000) < 1 / (1 + np.exp(-(0.8 * raw - 1.6)))
    alpha, beta = calibrate(raw, links)
    assert alpha == pytest.approx(0.8, rel=0.05) and beta == pytest.approx(-1.6, abs=0.15)
    assert calibrate(-raw, links)[0] == 0.0
    apart = calibrate(np.array([-1.0, -2, 3, 4]), np.array([False, False, True, True]))
    assert 0 < apart[0] < 10 and np.isfinite(apart).all()


@pytest.mark.parametrize(("method", "params"), MODELS)
def test_a_scorer_survives_being_kept(method, params, tmp_path):
    examples, _ = pictures(method, pictures=5)
    scorer = learning.train(examples, method, params, name="Mine")
    head, arrays = scorer.to_plain()
    again = Scorer.from_plain(json.loads(json.dumps(head, allow_nan=False)), arrays)
    learning.save_scorer(scorer, tmp_path / "s.npz")
    for other in (again, learning.load_scorer(tmp_path / "s.npz")):
        assert other.digest == scorer.digest and other.name == "Mine" and other.notes == scorer.notes
        assert other.params == scorer.params and other.figures == scorer.figures
        assert np.array_equal(other.curve, scorer.curve, equal_nan=True)
        assert np.array_equal(learning.score(other, examples[0]), learning.score(scorer, examples[0]))
    with pytest.raises(ValueError, match="read-only"):
        next(iter(scorer.arrays.values()))[0] = 2
    assert learning.kept(scorer.digest) is None
    learning.keep(scorer)
    assert learning.kept(scorer.digest) is scorer


def test_the_digest_says_what_scores_depend_on():
    examples, _ = hidden_map(5)
    scorer = learning.train(examples, params={"epochs": 3})
    assert replace(scorer, name="other", notes=("x",)).digest == scorer.digest
    assert replace(scorer, calibration=(1.0, 2.0)).digest != scorer.digest
    moved = {k: v + 1e-15 * (k == "a.linear") for k, v in scorer.arrays.items()}
    assert replace(scorer, arrays=moved).digest != scorer.digest


def test_damaged_scorers_are_refused_in_one_sentence():
    examples, _ = hidden_map(5)
    head, arrays = learning.train(examples, params={"epochs": 3}).to_plain()
    odd = [
        (None, arrays),
        ({}, arrays),
        (head | {"method": "none"}, arrays),
        (head | {"version": 99}, arrays),
        (head | {"version": True}, arrays),
        (head | {"params": {"width": -1}}, arrays),
        (head | {"params": {"width": 8}}, arrays),
        (head | {"widths": {"objects": 1 << 40, "words": 10}}, arrays),
        (head | {"widths": {"objects": 3, "words": 10}}, arrays),
        (head | {"calibration": [1.0]}, arrays),
        (head | {"calibration": [1.0, float("nan")]}, arrays),
        (head | {"curve": [[1, 2]]}, arrays),
        (head | {"curve": 7}, arrays),
        (head, {k: v for k, v in arrays.items() if k != "mean"}),
        (head, arrays | {"a.linear": arrays["a.linear"] * np.nan}),
        (head, arrays | {"a.linear": np.array(["x"])}),
    ]
    for bad_head, bad_arrays in odd:
        with pytest.raises(ParameterError) as caught:
            Scorer.from_plain(bad_head, bad_arrays)
        assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_hostile_files_are_refused(tmp_path):
    examples, _ = hidden_map(5)
    good = learning.save_scorer(learning.train(examples, params={"epochs": 3}), tmp_path / "good.npz").read_bytes()

    def header(shape, descr="<f8"):
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, {"shape": shape, "fortran_order": False, "descr": descr})
        return stream.getvalue()

    def archive(members, packed=zipfile.ZIP_STORED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", packed) as z:
            for name, content in members.items():
                z.writestr(name, content)
        return stream.getvalue()

    files = {
        "text": b"no archive",
        "empty": archive({}),
        "packed": archive({"head.npy": header((10,))}, zipfile.ZIP_DEFLATED),
        "huge": archive({"head.npy": header((1 << 40,))}),
        "objects": archive({"head.npy": header((1,), "|O") + b"\x80\x04N."}),
        "negative": archive({"head.npy": header((-1, -8)) + bytes(64)}),
        **{f"cut {k}": good[: len(good) * k // 7] for k in range(1, 7)},
    }
    for name, content in files.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(MediaError) as caught:
            learning.load_scorer(path)
        assert "\n" not in str(caught.value)


def test_other_descriptions_are_refused():
    examples, _ = hidden_map(5)
    other, _ = hidden_map(5, p=7)
    scorer = learning.train(examples, params={"epochs": 3})
    with pytest.raises(ParameterError, match="train again"):
        learning.score(scorer, other[0])
    with pytest.raises(ParameterError, match="all alike"):
        learning.train([*examples, *other])
    with pytest.raises(ParameterError, match="no attention"):
        learning.gate.attend(scorer, np.zeros((1, 10)), np.zeros((2, 2, 1)))
