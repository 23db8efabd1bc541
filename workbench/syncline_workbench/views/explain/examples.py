"""What Help ▸ Examples shows in the Explain dock."""

from __future__ import annotations

from syncline.model import Similarity

__all__ = ["worked"]


def worked() -> Similarity:
    """The worked 3 × 3 case of courses: the cheapest matching is u1 – v3, u2 – v2, u3 – v1, at 50 + 35 + 22 = 107.

    Greedy, which begins with u1 – v1 at 8, ends at 8 + 35 + 150 = 193.
    """
    return Similarity.from_costs(
        [[8, 25, 50], [50, 35, 75], [22, 48, 150]], a_names=("u1", "u2", "u3"), b_names=("v1", "v2", "v3")
    )
