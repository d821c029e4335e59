"""`.keras` archives: Keras 3 and tf_keras load what is written here, with the same weights to the bit."""

import zipfile

import h5py
import numpy as np
import pytest

import helpers
import keras3_models
import tf_keras_models
from helpers import convert, inspect, prune

LIBRARIES = [keras3_models, tf_keras_models]


def archive_of(library, name, folder):
    model, x = library.make(name)
    path = folder / f"{name}.keras"
    model.save(path)
    return model, x, path


def weights(model):
    return [np.asarray(weight) for weight in model.get_weights()]


def same_weights(left, right):
    left, right = weights(left), weights(right)
    assert len(left) == len(right)
    for a, b in zip(left, right):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("middle", [".spm", ".weights.h5"])
@pytest.mark.parametrize("library, name", [(library, name) for library in LIBRARIES for name in library.MODELS])
def test_there_and_back(library, name, middle, tmp_path):
    model, x, source = archive_of(library, name, tmp_path)
    convert(source, tmp_path / f"middle{middle}")
    back = convert(tmp_path / f"middle{middle}", tmp_path / "back.keras")
    with zipfile.ZipFile(source) as a, zipfile.ZipFile(back) as b:
        assert a.namelist() == b.namelist()
        for member in a.namelist():
            if member != "model.weights.h5":
                assert a.read(member) == b.read(member)
            else:
                (tmp_path / "a.h5").write_bytes(a.read(member))
                (tmp_path / "b.h5").write_bytes(b.read(member))
    helpers.assert_same_file(tmp_path / "a.h5", tmp_path / "b.h5")
    loaded = library.keras.models.load_model(back)
    same_weights(loaded, model)


@pytest.mark.parametrize("library", LIBRARIES)
def test_pruned_as_numpy_would(library, tmp_path):
    model, x, source = archive_of(library, "mlp_trained", tmp_path)
    report = prune(source, tmp_path / "pruned.keras", 0.6)
    assert report["format"] == "keras" and report["source"]["optimizerBytesDropped"] > 0
    assert report["totals"]["flops"] > report["totals"]["sparseFlops"]
    pruned = library.keras.models.load_model(tmp_path / "pruned.keras")
    before, after = weights(model), weights(pruned)
    kernels = [index for index, array in enumerate(before) if array.ndim == 2]
    masks = dict(zip(kernels, helpers.expected_masks([before[index] for index in kernels], 0.6)))
    for index, (a, b) in enumerate(zip(before, after)):
        assert b.tobytes() == np.where(masks.get(index, True), a, 0).astype(a.dtype).tobytes()
    # It trains on, with a fresh optimizer.
    pruned.fit(x, np.ones((3, 5)), epochs=1, verbose=0)


def test_optimizer_is_kept_on_request(tmp_path):
    model, x, source = archive_of(keras3_models, "mlp_trained", tmp_path)
    prune(source, tmp_path / "pruned.keras", 0.6, "--keep-optimizer")
    loaded = keras3_models.keras.models.load_model(tmp_path / "pruned.keras")
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_wrappers_are_stripped(tmp_path):
    """Stock tf_keras loads what the pruning toolkit saved, its masks applied."""
    import tensorflow_model_optimization as toolkit

    keras = tf_keras_models.keras
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.layers.Input((12,)), keras.layers.Dense(20), keras.layers.Dense(4)])
    model = toolkit.sparsity.keras.prune_low_magnitude(model)
    model.compile("adam", "mse")
    step = toolkit.sparsity.keras.UpdatePruningStep()
    model.fit(np.ones((8, 12)), np.ones((8, 4)), epochs=2, verbose=0, callbacks=[step])
    model.save(tmp_path / "wrapped.keras")
    report = prune(tmp_path / "wrapped.keras", tmp_path / "bare.keras", 0.1)
    assert any("wrappers were stripped" in note for note in report["notes"])
    bare = keras.models.load_model(tmp_path / "bare.keras", compile=False)
    assert [type(layer).__name__ for layer in bare.layers] == ["Dense", "Dense"]
    expected = [np.asarray(weight) for weight in toolkit.sparsity.keras.strip_pruning(model).get_weights()]
    for a, b in zip(expected, weights(bare)):
        kept = b != 0
        assert np.array_equal(a[kept], b[kept]) and kept.any()


@pytest.mark.parametrize("name", ["trained", "trained_deflated"])
def test_fixtures_load(name, tmp_path):
    source = helpers.FIXTURES / f"keras/{name}.keras"
    back = convert(source, tmp_path / "back.keras")
    load = keras3_models.keras.models.load_model
    same_weights(load(source), load(back))


def test_assets_are_kept(tmp_path):
    source = helpers.FIXTURES / "keras/assets.keras"
    back = prune(source, tmp_path / "model.spm", 0.5) and convert(tmp_path / "model.spm", tmp_path / "back.keras")
    load = keras3_models.keras.models.load_model
    assert load(back).layers[0].get_vocabulary() == load(source).layers[0].get_vocabulary()


def test_the_weights_alone(tmp_path):
    """As `.weights.h5`, the archive's weights are Keras's own weights file."""
    model, x, source = archive_of(keras3_models, "convolutions", tmp_path)
    target = convert(source, tmp_path / "model.weights.h5")
    another = keras3_models.another(model)
    another.load_weights(target)
    same_weights(another, model)
    with h5py.File(target) as file:
        assert "config.json" in file.attrs
    assert inspect(target)["totals"]["multiplications"] > 0


@pytest.mark.parametrize("size", [2e-6, 5])
def test_sharded_weights(size, tmp_path):
    """Shards as Keras writes them are one model, and Keras loads those that are written here."""
    model, x = keras3_models.make("recurrent")
    index = tmp_path / "model.weights.json"
    model.save_weights(index, max_shard_size=size)
    assert len(list(tmp_path.glob("*.weights.h5"))) > (1 if size < 1 else 0)
    one = keras3_models.another(model)
    one.load_weights(convert(index, tmp_path / "one.weights.h5"))
    same_weights(one, model)
    (tmp_path / "back").mkdir()
    back = keras3_models.another(model)
    back.load_weights(convert(tmp_path / "one.weights.h5", tmp_path / "back/model.weights.json"))
    same_weights(back, model)
