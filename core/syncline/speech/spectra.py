"""What sound looks like every few milliseconds: logarithms of mel bands, their cepstrum, and how loud it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Look", "Sound", "mel_power"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_SIZE, _WINDOW, _HOP = 512, 320, 80
_BANDS, _CEPSTRA, _LOW = 26, 13, 60.0
_FLOOR = 1e-10


@dataclass(frozen=True, eq=False)
class Look:
    """A whole recording, every `hop` seconds from `start` on.

    Attributes
    ----------
    cepstra
        float64 (T, 13), dB.
    level
        float64 (T,), dB.
    """

    start: float
    hop: float
    cepstra: F64
    level: F64


@lru_cache(maxsize=8)
def _filters(rate: int, size: int, bands: int, low: float, high: float, slaney: bool) -> F32:
    from librosa.filters import mel

    return np.ascontiguousarray(
        mel(
            sr=rate, n_fft=size, n_mels=bands, fmin=low, fmax=high, htk=not slaney, norm="slaney" if slaney else None
        ).T,
        np.float32,
    )


def mel_power(
    samples: F32, rate: int, size: int, window: int, hop: int, bands: int, low: float, high: float, slaney: bool = True
) -> F32:
    """Power in mel bands, float32 (T, bands), T = 1 + (N − size) // hop: frame i is of samples i · hop and on.

    Parameters
    ----------
    samples
        float32 (N,).
    size, window
        Samples of the transform and of the Hann window in its middle.
    slaney
        Slaney's scale and triangles of equal area; False: HTK's, of equal height.
    """
    count = max(0, (len(samples) - size) // hop + 1)
    shape = np.zeros(size, np.float32)
    side = (size - window) // 2
    shape[side : side + window] = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(window) + 0.5) / window)
    filters = _filters(rate, size, bands, low, high, slaney)
    found = np.empty((count, bands), np.float32)
    if count:
        frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop][:count]
        for at in range(0, count, 4096):
            spectrum = np.fft.rfft(frames[at : at + 4096] * shape)
            found[at : at + 4096] = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ filters
    return found


class Sound:
    """Makes a `Look` of mono sound at `rate` Hz that comes in blocks."""

    rate = 16000

    def __init__(self) -> None:
        self._tail = np.zeros(_SIZE // 2, np.float32)
        self._rows: list[F32] = []
        self._start: float | None = None

    def update(self, samples: F32, time: float) -> None:
        """Take the next block (N,); `time` (s) is that of its first sample."""
        if self._start is None:
            self._start = time
        self._push(samples)

    def _push(self, samples: F32) -> None:
        sound = np.concatenate([self._tail, samples])
        rows = mel_power(sound, self.rate, _SIZE, _WINDOW, _HOP, _BANDS, _LOW, self.rate / 2)
        self._rows.append(rows)
        self._tail = sound[len(rows) * _HOP :]

    def finish(self) -> Look:
        """All of it; windows are centred on their times."""
        from scipy.fft import dct

        self._push(np.zeros(_SIZE // 2 + _HOP, np.float32))
        power = np.concatenate(self._rows)
        self._rows = []
        most = max(float(power.max()), _FLOOR)
        # 80 dB below the loudest band nothing is heard, and digital silence has no logarithm.
        bands = 10 * np.log10(np.maximum(power, most * 1e-8))
        level = 10 * np.log10(np.maximum(power.sum(1), most * 1e-8)).astype(np.float64)
        cepstra = np.asarray(dct(bands, axis=1, norm="ortho"))[:, :_CEPSTRA].astype(np.float64)
        return Look(self._start or 0.0, _HOP / self.rate, cepstra, level)
