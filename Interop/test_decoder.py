"""`formats/spm_decode.py`, written from the specification alone, reads what `sparsify` writes."""

import sys

import h5py
import numpy as np
import pytest

import helpers
import keras3_models
import models
import plain_files
from helpers import convert, inspect, prune

SPARSITIES = [0, 0.3, 0.5, 0.7, 0.9, 0.99, 1]


@pytest.fixture(scope="session")
def decode():
    sys.path.insert(0, str(helpers.ROOT / "formats"))
    import spm_decode

    return spm_decode.load


def little_endian(array):
    return np.asarray(array, array.dtype.newbyteorder("<"))


def assert_agree(decode, spm, folder):
    arrays = decode(spm)
    assert sorted(arrays) == sorted(tensor["name"] for tensor in inspect(spm)["tensors"])
    with h5py.File(convert(spm, folder / "decoded.h5", "--force")) as file:
        for name, array in arrays.items():
            expected = little_endian(file[name][()])
            assert array.shape == expected.shape, name
            assert array.dtype.itemsize == expected.dtype.itemsize, name
            if expected.dtype.kind != "V":  # bfloat16, which NumPy lacks
                assert array.dtype.kind == expected.dtype.kind, name
            assert little_endian(array).tobytes() == expected.tobytes(), name


@pytest.mark.parametrize("sparsity", SPARSITIES)
@pytest.mark.parametrize("name", models.FIXTURES)
def test_fixture(name, sparsity, decode, tmp_path):
    prune(helpers.FIXTURES / name, tmp_path / "a.spm", sparsity)
    assert_agree(decode, tmp_path / "a.spm", tmp_path)


@pytest.mark.parametrize("sparsity", SPARSITIES)
@pytest.mark.parametrize("name", plain_files.FILES)
def test_plain_file(name, sparsity, decode, tmp_path):
    plain_files.FILES[name](tmp_path / "a.h5")
    prune(tmp_path / "a.h5", tmp_path / "a.spm", sparsity)
    assert_agree(decode, tmp_path / "a.spm", tmp_path)


@pytest.mark.parametrize("sparsity", [0, 0.7])
@pytest.mark.parametrize("name", keras3_models.MODELS)
def test_model(name, sparsity, saved, decode, tmp_path):
    prune(saved(keras3_models, name, ".h5").path, tmp_path / "a.spm", sparsity)
    assert_agree(decode, tmp_path / "a.spm", tmp_path)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_tensors_of_many_chunks(kind, decode, tmp_path):
    """Every density side by side, rows that cross chunks, and long runs of zeros."""
    generator = np.random.default_rng(11)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for percent in (0, 1, 2, 5, 10, 20, 35, 50, 70, 90, 99, 100):
            values = generator.standard_normal((1000, 333)).astype(kind)
            file[f"kept_{percent}"] = np.where(generator.random(values.shape) * 100 < percent, values, 0)
        clustered = np.zeros((3000, 500), kind)
        clustered[2990:, 100:110] = 1.5
        file["clustered"] = clustered
        file["pattern"] = np.tile(np.array([0, 1.25, 0, 0, 2.5], kind), 200_000).reshape(1000, 1000)
    convert(tmp_path / "a.h5", tmp_path / "a.spm")
    assert_agree(decode, tmp_path / "a.spm", tmp_path)
