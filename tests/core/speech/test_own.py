"""A user's own acoustic model: heard through its adapter, and adapters and models that don't fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile

from onnx_maker import model, node, tensor, value
from syncline._hearing import emissions_of
from syncline.errors import MediaError
from syncline.media import open_media
from syncline.speech import load_acoustic
from syncline.speech.spectra import mel_power

RATE, FRAME = 8000, 160


def folder(path: Path, waveform: bool, listing: str = "<pad>\na\nb\n", **more: Any) -> Path:
    """An adapter, tokens, and a model: of sound above or below 0, or of much in the lower or the upper of two bands."""
    if waveform:
        weights = np.zeros((FRAME, 3), np.float32)
        weights[:] = np.array([0, 40, -40], np.float32) / FRAME
        first = node("Reshape", ["sound", "shape"], ["frames"])
        inputs = value("sound", (1, None))
    else:
        weights = np.array([[0, 1, 0], [0, 0, 1]], np.float32)
        first = node("Identity", ["sound"], ["frames"])
        inputs = value("sound", (1, None, 2))
    bias = np.array([5, 0, 0], np.float32) if waveform else np.array([-3, 0, 0], np.float32)
    (path / "mine.onnx").write_bytes(
        model(
            [first, node("MatMul", ["frames", "w"], ["y"]), node("Add", ["y", "b"], ["logits"])],
            [tensor("w", weights), tensor("b", bias), tensor("shape", np.array([1, -1, FRAME], np.int64))],
            [inputs],
            [value("logits", (1, None, 3))],
        )
    )
    (path / "tokens.txt").write_text(listing)
    values = {"format": "syncline-acoustic", "version": 1, "model": "mine.onnx", "tokens": "tokens.txt",
              "frame": FRAME, "rate": RATE, "high": 4000} | more  # fmt: skip
    if not waveform:
        values = {"input": "log_mel", "bands": 2, "size": 256, "window": 256, "hop": FRAME} | values
    (path / "mine.json").write_text(json.dumps({k: v for k, v in values.items() if v is not None}))
    return path / "mine.json"


def wav(path: Path, pieces: list[np.ndarray]) -> Path:
    soundfile.write(path / "sound.wav", np.concatenate(pieces).astype(np.float32), RATE, subtype="FLOAT")
    return path / "sound.wav"


@pytest.mark.parametrize("waveform", [True, False])
def test_it_is_heard_through_its_adapter(tmp_path: Path, waveform: bool) -> None:
    def part(kind: int) -> np.ndarray:
        t = np.arange(RATE // 2) / RATE
        if waveform:
            return np.full(len(t), (0.0, 0.5, -0.5)[kind])
        return 0.5 * np.sin(2 * np.pi * (0.0, 400.0, 3000.0)[kind] * t)

    order = [0, 1, 0, 2, 1, 0, 2]
    heard = emissions_of(open_media(wav(tmp_path, [part(k) for k in order])), folder(tmp_path, waveform))
    assert heard.labels == ("<pad>", "a", "b") and heard.blank == 0 and heard.step == pytest.approx(0.02)
    assert len(heard) == 175 and heard.start == 0.0
    np.testing.assert_allclose(np.exp(heard.log_probs).sum(1), 1, atol=1e-5)
    # A frame that is cut by a change may be either.
    inside = [k for k in range(175) if 2 <= k % 25 <= 22]
    assert [int(heard.log_probs[k].argmax()) for k in inside] == [order[k // 25] for k in inside]


def test_a_late_model_is_put_right(tmp_path: Path) -> None:
    media = open_media(wav(tmp_path, [np.zeros(RATE), np.full(RATE, 0.5)]))
    now, late = (emissions_of(media, folder(tmp_path, True, lag=lag)) for lag in (0.0, 0.1))
    first = [int(e.log_probs[:, 1].argmax()) * e.step + e.start for e in (now, late)]
    assert first[0] - first[1] == pytest.approx(0.1) and len(now) == len(late)


@pytest.mark.parametrize(("change", "said"), [
    ({"format": "else"}, "describes no acoustic model"),
    ({"version": 2}, "this program reads 1"),
    ({"model": "../mine.onnx"}, "outside its own folder"),
    ({"tokens": "/etc/hostname"}, "outside its own folder"),
    ({"frame": None}, "does not say “frame”"),
    ({"frame": "160"}, "“frame” must be a whole number"),
    ({"rate": "16 kHz"}, "“rate” must be a whole number"),
    ({"colour": "red"}, "says “colour”"),
    ({"rate": 10}, "rate is 10"),
    ({"input": "pictures"}, "must be one of waveform, log_mel"),
    ({"blank": "nothing"}, "none of the tokens"),
    ({"input": "log_mel"}, "one array of 3 axes"),
    ({"model": "tokens.txt"}, "no ONNX model"),
])  # fmt: skip
def test_what_does_not_fit_is_said_in_one_sentence(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(MediaError, match=said) as error:
        load_acoustic(folder(tmp_path, True, **change))
    assert "\n" not in str(error.value)


def test_tokens_and_frames_that_belong_to_another_model(tmp_path: Path) -> None:
    media = open_media(wav(tmp_path, [np.zeros(RATE)]))
    with pytest.raises(MediaError, match="3\\) where frames and 4 labels"):
        emissions_of(media, folder(tmp_path, True, listing="<pad> 0\na 1\nb 2\nc 3\n"))
    with pytest.raises(MediaError, match="how long a frame lasts"):
        emissions_of(media, folder(tmp_path, True, frame=FRAME * 2))


@pytest.mark.parametrize("slaney", [True, False])
def test_mel_bands_are_librosas(slaney: bool) -> None:
    x = np.random.default_rng(1).normal(size=4000).astype(np.float32)
    theirs = librosa.feature.melspectrogram(
        y=x, sr=8000, n_fft=512, win_length=400, hop_length=100, n_mels=20, fmin=50, fmax=3900, center=False,
        htk=not slaney, norm="slaney" if slaney else None,
        window=0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(400) + 0.5) / 400),
    )  # fmt: skip
    ours = mel_power(x, 8000, 512, 400, 100, 20, 50.0, 3900.0, slaney)
    np.testing.assert_allclose(ours, theirs.T, rtol=2e-3)
