"""Readers share one budget of memory; none takes more than its part, and frames stay exact."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clips import make_video, read_number
from syncline.media import FrameBudget, VideoReader, open_media


@pytest.mark.parametrize(
    ("needs", "parts"),
    [
        ([900], [600]),
        ([900, 900], [300, 300]),
        ([100, 900], [100, 500]),
        ([900, 50, 200], [350, 50, 200]),
        ([100, 200], [100, 200]),
        ([900, 50, 900, 900], [183, 50, 183, 184]),
    ],
)
def test_what_one_does_not_need_the_others_have(needs: list[int], parts: list[int]) -> None:
    budget = FrameBudget(600)
    shares = [budget.join(need) for need in needs]
    assert [s.bytes for s in shares] == parts
    for share in shares[1:]:
        share.leave()
    assert shares[0].bytes == min(needs[0], 600)
    budget.total = 60
    assert shares[0].bytes == 60


def test_two_readers_keep_within_one_budget_wherever_they_go(tmp_path: Path) -> None:
    size = (320, 180)
    frame = size[0] * size[1] * 3 // 2
    budget = FrameBudget(40 * frame)
    media = [open_media(make_video(tmp_path / f"{n}.mp4", frames=60, fps=25, size=size)) for n in "ab"]
    rng = random.Random(3)
    with VideoReader(media[0], budget) as a, VideoReader(media[1], budget) as b:
        for _ in range(6):
            start, way = rng.randrange(60), rng.choice((-1, 1))
            for k in range(rng.randrange(2, 30)):
                at = min(max(start + way * k, 0), 59)
                for reader in (a, b):
                    picture = reader.frame(at)
                    assert read_number(picture[..., :3]) == at
                # A decoder keeps the memory of all frames it ever had out: the second one ends with its task.
                assert way < 0 or a._behind is None is b._behind
            held = [sum(sum(p.buffer_size for p in f.planes) for f, _ in r._cache.values()) for r in (a, b)]
            kept = [sum(p.nbytes for p in r._pictures.values()) for r in (a, b)]
            assert max(held) <= 20 * frame * 7 // 8 and sum(held) + sum(kept) <= budget.total
        assert a._share.bytes == 20 * frame
        b.close()
        for at in range(60):
            a.frame(at)
        assert 20 * frame < a._cached <= a._share.bytes * 7 // 8 == 35 * frame
