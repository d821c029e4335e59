"""HDF5 to .spm and back gives the file that was there before."""

import shutil

import h5py
import numpy as np
import pytest

import helpers
import models
import plain_files
from helpers import assert_same_file, convert, h5diff


def round_trip(source, folder):
    return convert(convert(source, folder / "b.spm"), folder / "c.h5")


def assert_nothing_lost(source, result):
    # Of empty datasets h5diff says that they are "not comparable", even in two copies of a file.
    copy = shutil.copyfile(source, result.with_name("copy.h5"))
    assert h5diff(source, result) == h5diff(source, copy)
    assert_same_file(source, result)


def arrays(model):
    return [(getattr(weight, "path", weight.name), weight.numpy()) for weight in model.weights]


def assert_same_model(model, loaded, x):
    for (name, one), (_, other) in zip(arrays(model), arrays(loaded), strict=True):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), name
    np.testing.assert_array_equal(np.asarray(model(x, training=False)), np.asarray(loaded(x, training=False)))


@pytest.mark.parametrize("name", models.FIXTURES)
def test_fixture(name, tmp_path):
    result = round_trip(helpers.FIXTURES / name, tmp_path)
    assert_nothing_lost(helpers.FIXTURES / name, result)


@pytest.mark.parametrize("name", models.FIXTURES)
def test_fixture_to_hdf5_at_once(name, tmp_path):
    result = convert(helpers.FIXTURES / name, tmp_path / "c.h5")
    assert_nothing_lost(helpers.FIXTURES / name, result)


@pytest.mark.parametrize("name", [name for name in models.FIXTURES if ".weights" not in name and name != "tiny.h5"])
def test_fixture_predicts_what_it_did(name, tmp_path):
    import keras

    result = round_trip(helpers.FIXTURES / name, tmp_path)
    images = np.load(helpers.FIXTURES / "digits.npz")["x_test"]
    expected = np.load(helpers.FIXTURES / "predictions.npz")[name.removesuffix(".h5")]
    model = keras.models.load_model(result, compile=False)
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-5)


@pytest.mark.parametrize("library, name, ending", models.SAVED)
def test_model(library, name, ending, saved, tmp_path):
    source = saved(library, name, ending)
    result = tmp_path / f"c{ending}"
    convert(convert(source.path, tmp_path / "b.spm"), result)
    assert_nothing_lost(source.path, result)
    if source.loads:
        assert_same_model(source.model, source.load(result), source.input)


def test_optimizer_goes_on_where_it_was(saved, tmp_path):
    import tf_keras_models

    source = saved(tf_keras_models, "mlp_trained", ".h5")
    convert(convert(source.path, tmp_path / "b.spm"), tmp_path / "c.h5")
    state = tf_keras_models.keras.models.load_model(tmp_path / "c.h5").optimizer.variables
    assert len(state) > 10
    for one, other in zip(source.model.optimizer.variables, state, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize("name", plain_files.FILES)
def test_plain_file(name, tmp_path):
    source = tmp_path / "a.h5"
    plain_files.FILES[name](source)
    result = round_trip(source, tmp_path)
    assert_nothing_lost(source, result)


def test_split_attributes_are_split(saved):
    """What the model of many layers is there for."""
    import keras3_models

    with h5py.File(saved(keras3_models, "many_layers", ".h5").path) as file:
        assert "layer_names0" in file["model_weights"].attrs


@pytest.mark.parametrize("name", models.FIXTURES)
def test_the_same_bytes_twice_and_at_any_thread_count(name, tmp_path):
    files = [
        convert(helpers.FIXTURES / name, tmp_path / f"{threads}-{again}.spm", "--threads", threads).read_bytes()
        for threads in (1, 2, 5)
        for again in range(2)
    ]
    assert len(set(files)) == 1
