"""What training finds on made recordings, what it warns of, and that it can be repeated and stopped."""

from __future__ import annotations

import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from syncline.embedding import (
    CycleEpoch,
    CycleParams,
    Encoder,
    embed,
    load_encoder,
    neighbours,
    save_encoder,
    train_cycle,
)
from syncline.errors import Cancelled, MediaError, ParameterError
from syncline.model import Features
from syncline.progress import Monitor

QUICK = CycleParams(epochs=20, check=False)


def walk(positions: np.ndarray, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    """Six channels that turn at various speeds, seen at positions 0..1 in some other units, with a little noise."""
    random = np.random.default_rng(seed)
    t = 2 * np.pi * positions[:, None] * [0.5, 0.8, 1.1, 1.4, 1.7, 2.0] + [0, 1, 2, 3, 4, 5]
    return scale * (np.sin(t) + 0.02 * random.normal(size=t.shape)) + 3


A = walk(np.linspace(0, 1, 60), 1)
PLACES = np.linspace(0, 1, 80) ** 1.6
B = walk(PLACES, 2, 20.0)


def test_partners_are_found_without_being_shown_any() -> None:
    epochs: list[CycleEpoch] = []
    encoder = train_cycle([A, B], replace(QUICK, check=True), live=epochs.append)
    near = neighbours(*(encoder(x).astype(float) for x in (B, A)))
    assert np.abs(near / 59 - PLACES).mean() < 0.02
    assert encoder.notes == ()
    assert encoder.figures["tau"] == pytest.approx(max(e.tau for e in epochs), abs=0.05)
    assert len(epochs) == 21
    assert [e.epoch for e in epochs] == list(encoder.curve[:, 0])
    # The share shown is that of soft neighbours whose way back is surest where it began.
    assert 0.5 < encoder.figures["consistent"] <= 1
    u, v = (encoder(x).astype(float) for x in (A, B))
    taus = [kendalltau(np.arange(len(p)), neighbours(p, q)).statistic for p, q in ((u, v), (v, u))]
    assert encoder.figures["tau"] == pytest.approx(np.mean(taus), abs=1e-9)


def test_a_third_recording_joins_in() -> None:
    c = walk(np.linspace(0, 1, 50) ** 0.7, 3)
    encoder = train_cycle([A, B, c], QUICK)
    near = neighbours(*(encoder(x).astype(float) for x in (c, B)))
    assert np.abs(PLACES[near] - np.linspace(0, 1, 50) ** 0.7).mean() < 0.03


def test_the_same_seed_gives_the_same_weights() -> None:
    one, two, other = (train_cycle([A, B], replace(QUICK, epochs=3, seed=s)) for s in (1, 1, 2))
    assert one.digest == two.digest != other.digest


def test_counting_frames_is_noticed() -> None:
    """Nothing but a rising line and noise: partners can only be laid evenly."""
    random = np.random.default_rng(0)
    ramps = [np.c_[np.arange(n), 0.02 * n * random.normal(size=(n, 2))].astype(float) for n in (60, 80)]
    encoder = train_cycle(ramps, CycleParams(epochs=20))
    assert len(encoder.notes) == 1
    assert "count frames" in encoder.notes[0]
    encoder = train_cycle(ramps, CycleParams(epochs=5, standardise=False))
    assert "Channel 1 of A" in " ".join(encoder.notes)


def test_collapse_is_noticed() -> None:
    flat = np.ones((40, 3))
    encoder = train_cycle([flat, flat + 1], QUICK)
    assert "collapsed" in encoder.notes[0]


def test_noise_does_not_run_with_time() -> None:
    random = np.random.default_rng(0)
    encoder = train_cycle([random.normal(size=(n, 3)) for n in (60, 70)], CycleParams(epochs=5))
    assert "does not run with time" in encoder.notes[0]


def test_memory_does_not_grow_with_length() -> None:
    """Twenty thousand rows: a matrix of all against all would take 3 GB."""
    long = [walk(np.linspace(0, 1, n), n).astype(np.float32) for n in (20_000, 25_000)]
    tracemalloc.start()
    train_cycle(long, replace(QUICK, epochs=2, context=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20


def test_training_can_be_stopped() -> None:
    monitor = Monitor()

    def stop(epoch: CycleEpoch) -> None:
        if epoch.epoch == 2:
            monitor.cancel()

    with pytest.raises(Cancelled):
        train_cycle([A, B], QUICK, monitor=monitor, live=stop)


@pytest.mark.parametrize(
    ("sequences", "sentence"),
    [
        ([A], "two recordings"),
        ([A, B[:, :3]], "different numbers of channels"),
        ([A, B[:3]], "too short"),
        ([A, np.where(np.arange(80)[:, None] == 3, np.nan, B)], "finite"),
    ],
)
def test_what_can_not_be_learned_from(sequences: list[np.ndarray], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        train_cycle(sequences, QUICK)


# -- encoders -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return train_cycle([A, B], replace(QUICK, epochs=1, context=2, stride=2), base="given", name="mine")


def test_an_encoder_survives_its_file(encoder: Encoder, tmp_path: Path) -> None:
    again = load_encoder(save_encoder(encoder, tmp_path / "e.npz"))
    assert again.digest == encoder.digest
    assert (again.label, again.base, again.notes) == ("mine", "given", encoder.notes)
    np.testing.assert_array_equal(again.curve, encoder.curve)
    np.testing.assert_array_equal(again(A), encoder(A))


def test_an_embedding_keeps_the_times_and_reads_the_context(encoder: Encoder) -> None:
    features = Features(A.astype(np.float32), np.arange(60) / 25)
    embedded = embed(encoder, features)
    assert embedded.values.shape == (60, 16)
    np.testing.assert_array_equal(embedded.times, features.times)
    x = (A - A.mean(0)) / A.std(0)
    row = np.concatenate([x[k] for k in (1, 3, 5, 7, 9)])
    w = encoder.arrays
    by_hand = row @ w["map.linear"] + np.tanh(row @ w["map.hidden"] + w["map.bias"]) @ w["map.out"]
    np.testing.assert_allclose(encoder(A)[5], by_hand, rtol=1e-5)


def test_foreign_files_are_one_sentence(encoder: Encoder, tmp_path: Path) -> None:
    file = save_encoder(encoder, tmp_path / "e.npz")
    (tmp_path / "half.npz").write_bytes(file.read_bytes()[:2000])
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    wrong = {**encoder.arrays, "scale": np.ones(3)}
    head, _ = encoder.to_plain()
    with zipfile.ZipFile(tmp_path / "packed.npz", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("head.npy", b"\0" * 10000)
    for name in ("half", "other", "packed"):
        with pytest.raises(MediaError, match=name):
            load_encoder(tmp_path / f"{name}.npz")
    with pytest.raises(ParameterError, match="fit together"):
        Encoder.from_plain(head, wrong)
    with pytest.raises(ParameterError, match="damaged"):
        Encoder.from_plain({**head, "context": -1}, encoder.arrays)
    with pytest.raises(ParameterError, match="reads 6 channels"):
        encoder(A[:, :3])


def test_many_channels_do_not_make_training_run_away() -> None:
    """Adam moves every weight alike: by 600 channels at once embeddings would be thrown about."""
    random = np.random.default_rng(0)
    mix = random.normal(size=(6, 600))
    encoder = train_cycle([x @ mix + 0.1 * random.normal(size=(len(x), 600)) for x in (A, B)], CycleParams(check=False))
    assert encoder.curve[:, 1].max() < 2 * encoder.curve[0, 1]
    assert encoder.figures["loss"] < 0.2 * encoder.curve[0, 1]
