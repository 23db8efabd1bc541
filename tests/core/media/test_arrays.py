"""Sequences: what was saved by numpy, scipy and h5py themselves comes back; what is hostile is refused."""

from __future__ import annotations

import io
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import scipy.io

from syncline.errors import MediaError, OverBudget, ParameterError, SynclineError
from syncline.media import list_keys, load_sequence, open_media

X = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
TIMES = np.cumsum(np.random.default_rng(1).uniform(0.1, 0.3, 40))


def _save(path, **arrays):
    """The same arrays in the format of the suffix."""
    if path.suffix == ".npz":
        np.savez_compressed(path, **arrays)
    elif path.suffix == ".mat":
        scipy.io.savemat(path, arrays, do_compression=True)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array, compression="gzip" if np.ndim(array) else None)
    return path


def test_a_plain_npy_of_one_or_two_axes(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", np.arange(7))
    media = open_media(tmp_path / "x.npy", rate=20)
    features = load_sequence(media)
    assert media.kind == "features"
    assert np.array_equal(features.values, X)
    assert np.allclose(features.times, np.arange(40) / 20)
    assert media.duration == pytest.approx(2.0)
    one = load_sequence(open_media(tmp_path / "y.npy"))
    assert one.values.shape == (7, 1)
    assert any("one row a second" in n for n in open_media(tmp_path / "y.npy").notes)
    with pytest.raises(ParameterError):
        open_media(tmp_path / "x.npy", rate=-1)


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_the_array_is_chosen_by_key_or_is_the_only_one(tmp_path, suffix):
    two = _save(tmp_path / f"two{suffix}", x=X, y=X[:10] * 2)
    assert dict(list_keys(two)) == {"x": (40, 3), "y": (10, 3)}
    with pytest.raises(MediaError, match=r"several arrays: x \(40×3\), y \(10×3\)"):
        open_media(two)
    with pytest.raises(MediaError, match="no “z”; it has: x, y"):
        open_media(two, key="z")
    media = open_media(two, key="y")
    assert media.options["key"] == "y"
    assert np.allclose(load_sequence(media).values, X[:10] * 2)
    timed = _save(tmp_path / f"timed{suffix}", values=X, times=TIMES)
    media = open_media(timed)
    assert media.sequence.explicit_times
    assert np.allclose(load_sequence(media).times, TIMES - TIMES[0])
    rated = _save(tmp_path / f"rated{suffix}", values=X, fps=np.array(50.0))
    assert np.allclose(load_sequence(open_media(rated)).times, np.arange(40) / 50)


@pytest.mark.parametrize(
    ("text", "times", "names"),
    [
        ("time,a,b\n5,1,2\n5.5,3,4\n7,5,6\n", [0, 0.5, 2], ("a", "b")),
        ("a,b,time_ms\n1,2,10\n3,4,20\n5,6,50\n", [0, 0.01, 0.04], ("a", "b")),
        ("a\tb\n1\t2\n3\t4\n5\t6\n", [0, 1, 2], ("a", "b")),
        ("1,2\n3,4\n5,6\n", [0, 1, 2], ()),
        ("Zeit;a;b\n0;1,0;2,0\n1;3,0;4,0\n2;5,0;6,0\n", [0, 1, 2], ("a", "b")),
        ("\ufeffframe,a,label,b\n3,1,u,2\n4,3,v,4\n7,5,w,6\n", [0, 1, 4], ("a", "b")),
        ("# a b\n1 2\n3 4\n5 6\n", [0, 1, 2], ("a", "b")),
    ],
)
def test_tables_as_people_write_them(tmp_path, text, times, names):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    key = "Zeit" if text.startswith("Zeit") else None
    features = load_sequence(open_media(path, key=key))
    assert np.array_equal(features.values, [[1, 2], [3, 4], [5, 6]])
    assert np.allclose(features.times, times)
    assert features.channels == names


def test_no_time_column_if_so_chosen(tmp_path):
    (tmp_path / "x.csv").write_text("t,a\n9,1\n8,2\n")
    with pytest.raises(MediaError, match=r"do not rise in row 2 \(line 3\)"):
        open_media(tmp_path / "x.csv")
    assert load_sequence(open_media(tmp_path / "x.csv", key="none")).values.shape == (2, 2)


def test_other_encodings(tmp_path):
    (tmp_path / "w.csv").write_bytes("höhe,a\n1,2\n3,4\n".encode("cp1252"))
    (tmp_path / "u.csv").write_bytes("höhe,a\n1,2\n3,4\n".encode("utf-16"))
    assert any("Windows-1252" in n for n in open_media(tmp_path / "w.csv").notes)
    for name in ("w.csv", "u.csv"):
        assert load_sequence(open_media(tmp_path / name)).channels == ("höhe", "a")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("suffix", [".npy", ".csv", ".npz", ".mat", ".h5"])
def test_bad_numbers_are_refused_with_their_row(tmp_path, bad, suffix):
    x = X.astype(np.float64)
    x[17, 1] = bad
    path = tmp_path / f"x{suffix}"
    if suffix == ".npy":
        np.save(path, x)
    elif suffix == ".csv":
        np.savetxt(path, x, delimiter=",", header="a,b,c", comments="")
    else:
        _save(path, x=x)
    with pytest.raises(MediaError, match=r"row 18( \(line 19\))?, (channel 2|“b”)"):
        open_media(path)


def test_ragged_and_empty_cells_name_their_row(tmp_path):
    for text, said in (
        ("a,b\n1,2\n3\n", "1 cells in row 2 (line 3)"),
        ("a,b\n1,2\n3,\n", "no finite number in row 2 (line 3), “b”"),
        ("a,b\n", "no rows"),
        ("\n\n", "no rows"),
    ):
        (tmp_path / "x.csv").write_text(text)
        with pytest.raises(MediaError) as caught:
            open_media(tmp_path / "x.csv")
        assert said in str(caught.value)


def _npz(path, **members: bytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name + ".npy", content)


def _npy_header(shape, descr="<f8", padding=0) -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode() + b" " * padding + b"\n"
    return b"\x93NUMPY\x02\x00" + len(text).to_bytes(4, "little") + text


def test_hostile_arrays_are_refused_before_anything_is_allocated(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    np.save(tmp_path / "pickle.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    (tmp_path / "void.npy").write_bytes(_npy_header((8_000_000_000,), "|V0"))
    (tmp_path / "huge.npy").write_bytes(_npy_header((10**12, 3)))
    (tmp_path / "axes.npy").write_bytes(_npy_header((2, 2, 2)) + bytes(64))
    (tmp_path / "complex.npy").write_bytes(_npy_header((2,), "<c16") + bytes(32))
    _npz(tmp_path / "header.npz", x=_npy_header((4,), padding=50_000_000) + bytes(32))
    _npz(tmp_path / "size.npz", x=_npy_header((10**11, 3)))
    _npz(tmp_path / "short.npz", x=_npy_header((1000, 1000)) + bytes(80))
    pickled = io.BytesIO()
    np.save(pickled, np.array([Bomb()], dtype=object), allow_pickle=True)
    _npz(tmp_path / "pickle.npz", x=pickled.getvalue())
    inner = b"\x0e\0\0\0" + (800_000_000 * 4).to_bytes(4, "little") + bytes(100_000)
    packed = zlib.compress(inner)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    (tmp_path / "bomb.mat").write_bytes(head + b"\x0f\0\0\0" + len(packed).to_bytes(4, "little") + packed)
    (tmp_path / "cut.mat").write_bytes(head + b"\x0e\0\0\0" + (500).to_bytes(4, "little") + bytes(40))
    with h5py.File(tmp_path / "sparse.h5", "w") as file:
        file.create_dataset("x", (10**8, 100), "f8", chunks=(1000, 100))
    names = sorted(p.name for p in tmp_path.iterdir())
    assert len(names) == 12
    for name in names:
        with pytest.raises(SynclineError) as caught:
            open_media(tmp_path / name)
        assert name in str(caught.value)
    for name in ("huge.npy", "size.npz", "bomb.mat", "sparse.h5"):
        with pytest.raises(OverBudget):
            open_media(tmp_path / name)
    assert not (tmp_path / "owned").exists()


def test_hdf5_links_never_lead_out_of_the_file(tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = X
    raw = tmp_path / "secret.bin"
    raw.write_bytes(X.tobytes())
    path = tmp_path / "links.h5"
    with h5py.File(path, "w") as file:
        file["good/values"] = X * 3
        file["outside"] = h5py.ExternalLink("secret.h5", "/x")
        file["good/soft"] = h5py.SoftLink("/good/values")
        file["good/round"] = file["good"]
        file.create_dataset("external", X.shape, "f4", external=[(str(raw), 0, X.nbytes)])
        layout = h5py.VirtualLayout(X.shape, "f4")
        layout[:] = h5py.VirtualSource(str(secret), "x", X.shape)
        file.create_virtual_dataset("virtual", layout)
    assert list_keys(path) == [("good/values", (40, 3))]
    assert np.allclose(load_sequence(open_media(path)).values, X * 3)
    for key in ("outside", "external", "virtual", "good/soft"):
        with pytest.raises(MediaError):
            open_media(path, key=key)


def test_matlab_version_7_3_is_read_as_matlab_means_it(tmp_path):
    """Rows and columns are exchanged in the HDF5 that MATLAB writes."""
    path = tmp_path / "x.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = X.T
    raw = bytearray(path.read_bytes())
    raw[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    path.write_bytes(raw)
    assert np.array_equal(load_sequence(open_media(path)).values, X)


def test_a_row_vector_of_matlab_is_a_sequence_of_one_channel(tmp_path):
    scipy.io.savemat(tmp_path / "x.mat", {"x": np.arange(9.0)})
    assert load_sequence(open_media(tmp_path / "x.mat")).values.shape == (9, 1)


def test_shared_arrays_open(data):
    media = open_media(data / "toy" / "ctw_spirals.npz", key="x3")
    with np.load(data / "toy" / "ctw_spirals.npz") as archive:
        assert np.allclose(load_sequence(media).values, archive["x3"])
    assert len(list_keys(data / "toy" / "ctw_spirals.npz")) == 24
