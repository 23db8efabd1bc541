"""Captions as text, one a line: plain, or Flickr30k Entities sentences with their phrases."""

from __future__ import annotations

from pathlib import Path

from ._labelled import Annotations, Collector
from .flickr30k import sentences

__all__ = ["read"]


def read(path: Path) -> Annotations:
    """Read captions of one picture, which the file does not name."""
    collector = Collector(path)
    for caption in sentences(path):
        collector.caption("", caption)
    return collector.done()
