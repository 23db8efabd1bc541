"""Pose: the shipped model against key points found elsewhere, and what must not change it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import syncline as sl
from syncline.errors import MediaError
from syncline.features._person import seen
from syncline.features.keypoints import Keypoints, KeypointsParams
from syncline.features.pose import Pose, PoseParams
from syncline.media import VideoReader
from syncline.model import Features
from syncline.model.skeleton import BONES, JOINTS, SURE, Skeleton

T = 40


def person(seed: int = 0) -> np.ndarray:
    """Key points (T, 17, 3) of somebody upright who moves every joint, all believed."""
    rng = np.random.default_rng(seed)
    x = [0.0, 0.01, -0.01, 0.02, -0.02, 0.05, -0.05, 0.08, -0.08, 0.09, -0.09, 0.03, -0.03, 0.03, -0.03, 0.03, -0.03]
    y = [-0.3, -0.31, -0.31, -0.3, -0.3, -0.2, -0.2, -0.1, -0.1, 0.0, 0.0, 0.0, 0.0, 0.15, 0.15, 0.3, 0.3]
    sway = np.sin(np.arange(T)[:, None, None] / 7 + rng.uniform(0, 6, (17, 2))) * 0.02
    points = 0.5 + np.column_stack([x, y]) + sway
    return np.dstack([points, np.full((T, 17), 0.9)])


def pose(points: np.ndarray, **params: object) -> np.ndarray:
    rows = np.ascontiguousarray(points.reshape(len(points), -1), np.float32)
    made = Pose(PoseParams(**params))  # type: ignore[arg-type]
    return made.derive(Features(rows, np.arange(len(points)) / 30)).values


@pytest.mark.parametrize("of", ["positions", "speeds", "angles"])
@settings(max_examples=25, deadline=None)
@given(
    dx=st.floats(-0.4, 0.4), dy=st.floats(-0.4, 0.4), drift=st.floats(-0.3, 0.3), scale=st.floats(0.2, 3.0)
)  # fmt: skip
def test_where_the_person_stands_and_how_large_changes_nothing(
    of: str, dx: float, dy: float, drift: float, scale: float
) -> None:
    # Roots of speeds near 0 enlarge what rounding to float32 leaves.
    slack = 5e-3 if of == "speeds" else 1e-3
    original, moved = person(), person()
    moved[..., :2] *= scale
    moved[..., :2] += (dx, dy)
    # The edges of the smoothing see another drift than the middle, alike in all joints.
    moved[..., 0] += drift * np.linspace(0, 1, T)[:, None]
    np.testing.assert_allclose(pose(moved, of=of), pose(original, of=of), atol=slack)


def test_positions_are_hips_to_joints_in_trunks_and_angles_are_those_of_the_limbs() -> None:
    still = np.zeros((3, 17, 3), np.float32)
    still[..., 2] = 0.9
    # Shoulders above hips by 2, an elbow bent at a right angle, a straight knee.
    for joint, at in {5: (1, -2), 6: (-1, -2), 7: (1, -1), 9: (2, -1), 8: (-1, -1), 10: (-1, 0)}.items():
        still[:, joint, :2] = at
    for joint, at in {11: (1, 0), 12: (-1, 0), 13: (1, 2), 15: (1, 4), 14: (-1, 2), 16: (-1, 4)}.items():
        still[:, joint, :2] = at
    positions = pose(still).reshape(3, 12, 2)
    np.testing.assert_allclose(positions[1, 0], (0.5, -1.0), atol=1e-6)
    np.testing.assert_allclose(positions[1, -1], (-0.5, 2.0), atol=1e-6)
    angles = pose(still, of="angles")[1]
    np.testing.assert_allclose(np.degrees(angles[[0, 1, 6]]), [90, 180, 180], atol=1e-3)
    assert np.abs(angles[8:]).max() == 0
    walking = still.copy()
    walking[:, 7, 0] += 3 * np.arange(3)
    # Three units in a thirtieth of a second, the trunk being two long.
    np.testing.assert_allclose(pose(walking, of="speeds", smooth_s=0.0)[1, :3], (0, 0, np.sqrt(45)), rtol=1e-5)
    assert pose(still, head=True).shape == (3, 34)


def test_a_point_that_is_lost_for_a_while_is_bridged() -> None:
    whole, gap = person(), person()
    gap[10:14, 9] = (7.0, -3.0, 0.05)
    assert np.abs(pose(gap, smooth_s=0.0) - pose(whole, smooth_s=0.0)).max() < 0.05
    gap[10:14, 9, 2] = 0.9
    assert np.abs(pose(gap, smooth_s=0.0) - pose(whole, smooth_s=0.0)).max() > 5


def test_nobody_there_is_one_sentence() -> None:
    nobody = person()
    nobody[..., 2] = 0.05
    with pytest.raises(MediaError, match=r"No person is seen well enough \(0 %"):
        pose(nobody)


def test_points_between_two_pictures_are_between_where_both_are_believed() -> None:
    points = np.zeros((2, 17, 3), np.float32)
    points[0, :, 2], points[1, :, 2] = 0.8, 0.6
    points[1, :, 0] = 10.0
    points[1, 9, 2] = SURE / 2
    skeleton = Skeleton(np.array([1.0, 2.0]), points)
    np.testing.assert_allclose(skeleton.at(1.25)[0], (2.5, 0, 0.75))
    np.testing.assert_allclose(skeleton.at(1.25)[9], (0, 0, 0.8))
    np.testing.assert_allclose(skeleton.at(1.75)[9], (10, 0, SURE / 2))
    np.testing.assert_allclose(skeleton.at(-5.0), points[0])
    np.testing.assert_allclose(Skeleton(np.array([3.0]), points[:1]).at(9.0), points[0])


def test_key_points_come_in_pixels_and_from_the_cache(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = sl.open_media(data / "video/pose2sim_cam02_retimed.mp4")
    first = sl.keypoints(media)
    assert len(first.times) == 130
    with np.load(data / "video/pose2sim_movenet_keypoints.npz") as known:
        rows = np.genfromtxt(data / "video/pose2sim_cam02_retimed_map.csv", delimiter=",", names=True)
        # Half the size of the original.
        expected = known["cam02"][rows["source_frame"].astype(int), 5:, :2] / 2
    assert np.median(np.linalg.norm(first.points[:, 5:, :2] - expected, axis=-1)) < 8
    monkeypatch.setattr("syncline.features.keypoints.Keypoints.update", None)
    np.testing.assert_array_equal(sl.keypoints(media).points, first.points)


def test_every_joint_hangs_on_the_skeleton() -> None:
    assert len(JOINTS) == 17
    reached = {0, 5}
    for _ in BONES:
        reached |= {j for bone in BONES if reached & set(bone) for j in bone}
    assert reached == set(range(17))


@pytest.mark.parametrize("camera", ["cam01", "cam02"])
def test_key_points_agree_with_those_found_elsewhere(data: Path, camera: str) -> None:
    with np.load(data / "video/pose2sim_movenet_keypoints.npz") as known:
        expected = known[camera]
    media = sl.open_media(data / f"video/pose2sim_{camera}.mp4")
    extractor = Keypoints(KeypointsParams())
    with VideoReader(media) as reader:
        for _, time, picture in reader.frames(stop=20, max_side=extractor.picture.side):
            extractor.update(picture, time)
    found = extractor.finish().values.reshape(20, 17, 3)
    assert seen(found).all()
    apart = np.linalg.norm(found[..., :2] * 1920 - expected[:20, :, :2], axis=-1)[:, 5:]
    trunk = np.linalg.norm(expected[:, 5:7, :2].mean(1) - expected[:, 11:13, :2].mean(1), axis=1).mean()
    # Other crops of the picture, so not the same numbers.
    assert np.median(apart) < 0.05 * trunk
    assert np.quantile(apart, 0.9) < 0.12 * trunk


def test_the_body_moves_alike_before_both_cameras(data: Path) -> None:
    one, two = (np.asarray(values) for values in np.load(data / "video/pose2sim_movenet_keypoints.npz").values())
    heights = [pose(points / (1920, 1920, 1)).reshape(100, 12, 2)[..., 1] for points in (one, two)]
    moving = [h - h.mean(0) for h in heights]
    likeness = (moving[0] * moving[1]).sum() / np.sqrt((moving[0] ** 2).sum() * (moving[1] ** 2).sum())
    late = np.roll(moving[1], 25, axis=0)
    assert likeness > 0.5
    assert likeness > (moving[0] * late).sum() / np.sqrt((moving[0] ** 2).sum() * (late**2).sum()) + 0.3
