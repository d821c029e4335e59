"""NumPy's files and binsparse against their own packages: what these write is read, and what is written here they read."""

import h5py
import ml_dtypes
import numpy as np
import pytest

import binsparse
import helpers

TYPES = ["f8", "f4", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", ml_dtypes.bfloat16]
SHAPES = [(), (0,), (3, 0, 2), (5, 7), (2, 3, 4)]


def values(shape, kind, seed=1):
    """Any bits: NaN, -0.0 and all else."""
    kind = np.dtype(kind)
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.random.default_rng(seed).integers(0, 2 if kind == bool else 256, size, "u1")
    return raw.view(kind).reshape(shape)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_npz_goes_there_and_back(tmp_path, save, kind, shape):
    arrays = {"w": values(shape, kind), "turned": np.asfortranarray(values((4, 6), kind, 2)), "a/b": values((3,), kind, 3)}
    save(tmp_path / "in.npz", **arrays)
    helpers.convert(tmp_path / "in.npz", tmp_path / "model.spm")
    helpers.convert(tmp_path / "model.spm", tmp_path / "back.npz")
    with np.load(tmp_path / "back.npz") as back:
        assert set(back.files) == set(arrays)
        for name, array in arrays.items():
            # NumPy loads bfloat16 as two bytes.
            found = back[name].view(kind) if back[name].dtype.kind == "V" else back[name]
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(array).tobytes()


def test_npy_goes_there_and_back(tmp_path):
    array = values((5, 6), "f4")
    np.save(tmp_path / "in.npy", array)
    helpers.convert(tmp_path / "in.npy", tmp_path / "model.spm")
    helpers.convert(tmp_path / "model.spm", tmp_path / "back.npy")
    assert (tmp_path / "back.npy").read_bytes() == (tmp_path / "in.npy").read_bytes()


def matrix():
    random = np.random.default_rng(3)
    return np.where(random.random((7, 9)) < 0.3, random.standard_normal((7, 9)), 0).astype("f4")


def compressed(dense):
    rows, columns = np.nonzero(dense)
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(dense, axis=1))])
    return starts, rows, columns, dense[rows, columns]


def tensors(dense):
    """The same matrix in every layout of the package."""
    starts, rows, columns, entries = compressed(dense)
    turned_starts, turned_columns, turned_rows, turned_entries = compressed(dense.T)
    common = {"shape": dense.shape, "number_of_stored_values": len(entries)}
    yield binsparse.CSRMatrix(**common, pointers_to_1=starts, indices_1=columns, values=entries)
    yield binsparse.CSCMatrix(**common, pointers_to_1=turned_starts, indices_1=turned_rows, values=turned_entries)
    yield binsparse.COORMatrix(**common, indices_0=rows, indices_1=columns, values=entries)
    yield binsparse.COOCMatrix(**common, indices_0=turned_columns, indices_1=turned_rows, values=turned_entries)
    full = np.unique(rows)
    pointers = np.concatenate([starts[full], [len(entries)]])
    yield binsparse.DCSRMatrix(**common, indices_0=full, pointers_to_1=pointers, indices_1=columns, values=entries)


@pytest.mark.parametrize("number", range(5))
def test_binsparse_of_the_package_is_read(tmp_path, number):
    dense = matrix()
    binsparse.save_binsparse(list(tensors(dense))[number], tmp_path / "in.bsp.h5")
    helpers.convert(tmp_path / "in.bsp.h5", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as found:
        assert np.array_equal(found["matrix"], dense)


def test_binsparse_of_one_matrix_is_what_the_package_loads(tmp_path):
    dense = matrix()
    np.save(tmp_path / "matrix.npy", dense)
    helpers.convert(tmp_path / "matrix.npy", tmp_path / "out.bsp.h5")
    found = binsparse.load_binsparse(tmp_path / "out.bsp.h5")
    starts, _, columns, entries = compressed(dense)
    assert isinstance(found, binsparse.CSRMatrix) and tuple(found.shape) == dense.shape
    assert np.array_equal(found.pointers_to_1, starts)
    assert np.array_equal(found.indices_1, columns) and np.array_equal(found.values, entries)


def test_binsparse_of_a_pruned_model_is_what_the_package_parses(tmp_path):
    model = helpers.FIXTURES / "digits_mlp.h5"
    helpers.prune(model, tmp_path / "out.bsp.h5", 0.9)
    helpers.prune(model, tmp_path / "out.h5", 0.9)
    names = helpers.prunable_names(tmp_path / "out.h5")
    with h5py.File(tmp_path / "out.bsp.h5") as file:
        for name in names:
            dense = helpers.read(tmp_path / "out.h5", name)
            found = binsparse.BinsparseTensor.parse(binsparse.HDF5BinsparseContainer(file[name]))
            starts, _, columns, entries = compressed(dense)
            assert np.array_equal(found.pointers_to_1, starts)
            assert np.array_equal(found.indices_1, columns) and np.array_equal(found.values, entries)
