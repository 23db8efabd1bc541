"""ONNX files: looked through before ONNX Runtime gets them, run so that they can be stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled, MediaError
from .files import check_file, guarded, shown
from .progress import Monitor

__all__ = ["Network", "stoppable"]

_MOST_BYTES = 1 << 30
_DEEPEST = 32
_POLL, _PATIENCE = 0.02, 0.3
"""Seconds between looks at a monitor, and those that a cancelled model gets to stop by itself."""

# Which fields of which message hold messages that can hold a tensor (onnx.proto, field numbers).
_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Fields of a protobuf message: number, and what is in it."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError
        if at + length > len(data):
            raise ValueError
        yield key >> 3, data[at : at + length]
        at += length


def _names_other_files(data: memoryview, message: str = "model", depth: int = 0) -> bool:
    """True if a tensor anywhere in the message has its numbers in another file.

    Raises
    ------
    ValueError, IndexError
        No protobuf message, or nested beyond sense.
    """
    if depth > _DEEPEST:
        raise ValueError
    inside = _INSIDE[message]
    for number, value in _fields(data):
        if message == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
            return True
        if number in inside and isinstance(value, memoryview) and _names_other_files(value, inside[number], depth + 1):
            return True
    return False


def _checked_bytes(path: Path) -> bytes:
    if check_file(path).st_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is larger than the {_MOST_BYTES >> 30} GiB allowed; choose a smaller model.")
    data = path.read_bytes()
    refused = MediaError(f"“{shown(path)}” is no ONNX model, or it is damaged or cut off; choose another file.")
    # ONNX Runtime's own format is recognised by its content, and not looked through here.
    if data[4:8] == b"ORTM":
        raise refused
    try:
        outside = _names_other_files(memoryview(data))
    except (ValueError, IndexError):
        raise refused from None
    if outside:
        raise MediaError(
            f"“{shown(path)}” has its numbers in other files, which are not opened; save the model as one file."
        )
    return data


def stoppable(work: Callable[[], Any], stop: Callable[[], None], monitor: Monitor) -> Any:
    """What `work` returns or raises; once `monitor` is cancelled, `stop` it, and leave it if it goes on.

    ONNX Runtime looks whether it is to stop between steps only, and a step can be a convolution of many seconds.

    Raises
    ------
    Cancelled
        The monitor was told to stop.
    """
    monitor.check()
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except Exception as error:  # noqa: BLE001  (raised again where it is waited for)
            answer.set_exception(error)

    threading.Thread(target=run, name="network", daemon=True).start()
    while not wait([answer], _POLL).done:
        if monitor.cancelled:
            stop()
            wait([answer], _PATIENCE)
            raise Cancelled
    return answer.result()


class Network:
    """An ONNX model, ready to run. One thread at a time.

    Parameters
    ----------
    path
        The file, given by the user or shipped.
    threads
        Of ONNX Runtime.
    monitor
        Cancels loading.

    Raises
    ------
    MediaError
        Not an ordinary file, no ONNX model, one whose numbers lie in other files, or one that can't be run.
    Cancelled
        The monitor was told to stop.
    """

    def __init__(self, path: Path, threads: int = 2, monitor: Monitor | None = None) -> None:
        import onnxruntime

        self.path = path
        with guarded(path, "as an ONNX model"):
            data = _checked_bytes(path)
            # Microsoft's builds for Windows report on their use unless they are told not to.
            onnxruntime.disable_telemetry_events()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = min(threads, os.cpu_count() or 1)
            options.inter_op_num_threads = 1
            options.log_severity_level = 4
            # Waiting threads would spin and take the window's processor.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = stoppable(
                lambda: onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]),
                lambda: options.set_load_cancellation_flag(True),
                monitor or Monitor(),
            )
            self.inputs = [(i.name, tuple(i.shape), str(i.type)) for i in self._session.get_inputs()]
            self.outputs = [(o.name, tuple(o.shape)) for o in self._session.get_outputs()]
            self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, array: NDArray[Any], monitor: Monitor) -> list[NDArray[Any]]:
        """All outputs for one input.

        Raises
        ------
        MediaError
            The model can't take the input or fails.
        Cancelled
            The monitor was told to stop.
        """
        import onnxruntime

        how = onnxruntime.RunOptions()

        def stop() -> None:
            how.terminate = True

        with guarded(self.path, "as a model"):
            found = stoppable(lambda: self._session.run(None, {self.inputs[0][0]: array}, how), stop, monitor)
        arrays = [np.asarray(o) for o in found]
        if any(not np.isfinite(a).all() for a in arrays if a.dtype.kind == "f"):
            raise MediaError(
                f"“{shown(self.path)}” puts out numbers that are not finite; correct its adapter or choose another one."
            )
        return arrays
