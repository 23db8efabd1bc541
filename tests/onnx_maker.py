"""Small ONNX files, byte by byte: what the tests of detectors need without a further library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    return b"".join(field(1, d) for d in array.shape) + field(2, kind) + field(8, name) + field(9, array.tobytes())


def outside(name: str, location: str) -> bytes:
    """A tensor whose numbers lie in another file."""
    entry = field(1, "location") + field(2, location)
    return field(1, 4) + field(2, 1) + field(8, name) + field(13, entry) + field(14, 1)


def value(name: str, shape: Sequence[int | None]) -> bytes:
    dims = b"".join(field(1, field(2, "n") if d is None else field(1, d)) for d in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], attributes: bytes = b"") -> bytes:
    return b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(4, kind) + attributes


def model(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
    metadata: dict[str, str] | None = None,
) -> bytes:
    graph = b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, t) for t in tensors)
    graph += b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs)
    notes = b"".join(field(14, field(1, k) + field(2, v)) for k, v in (metadata or {}).items())
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)) + notes


def constant(
    outputs: dict[str, np.ndarray], size: Sequence[int] = (1, 3, 64, 64), metadata: dict[str, str] | None = None
) -> bytes:
    """A model that puts out the same numbers whatever it sees."""
    arrays = {name: array.astype(np.float32) for name, array in outputs.items()}
    return model(
        [node("Identity", [f"c_{name}"], [name]) for name in arrays],
        [tensor(f"c_{name}", array) for name, array in arrays.items()],
        [value("picture", size)],
        [value(name, array.shape) for name, array in arrays.items()],
        metadata,
    )
