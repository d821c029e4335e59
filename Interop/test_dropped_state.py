"""What pruning leaves out: the state of optimizers, and the wrappers of TensorFlow's pruning toolkit."""

import json

import numpy as np
import pytest

import helpers
import keras3_models
import tf_keras_models
from helpers import assert_same_file, convert, inspect, prune, sparsify, tensor_paths

BOTH = [keras3_models, tf_keras_models]


@pytest.mark.parametrize("library", BOTH)
def test_whole_model_loads_without_its_optimizer(library, saved, tmp_path):
    source = saved(library, "mlp_trained", ".h5")
    report = prune(source.path, tmp_path / "pruned.h5", 0.5)
    state = [name for name in tensor_paths(source.path) if name.startswith("optimizer_weights")]
    assert state and not any(name.startswith("optimizer_weights") for name in tensor_paths(tmp_path / "pruned.h5"))
    dropped = sum(helpers.read(source.path, name).nbytes for name in state)
    assert report["source"]["optimizerBytesDropped"] == dropped

    # Compiled, as Keras does by itself: it starts the optimizer anew and training goes on.
    model = library.keras.models.load_model(tmp_path / "pruned.h5")
    model.fit(source.input, np.ones((3, 5)), epochs=1, verbose=0)


@pytest.mark.parametrize("library", BOTH)
def test_weights_load_without_the_optimizer(library, saved, tmp_path):
    source = saved(library, "mlp_trained", ".weights.h5")
    assert any(name.startswith("optimizer/") for name in tensor_paths(source.path))
    prune(source.path, tmp_path / "pruned.weights.h5", 0.5)
    assert not any(name.startswith("optimizer/") for name in tensor_paths(tmp_path / "pruned.weights.h5"))
    source.load(tmp_path / "pruned.weights.h5")


@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
@pytest.mark.parametrize("library", BOTH)
def test_optimizer_is_kept_on_request(library, ending, saved, tmp_path):
    source = saved(library, "mlp_trained", ending)
    prune(source.path, tmp_path / f"pruned{ending}", 0.5, "--keep-optimizer")
    assert_same_file(source.path, tmp_path / f"pruned{ending}", pruned=helpers.prunable_names(source.path))


# TensorFlow's pruning toolkit


@pytest.fixture(scope="session")
def wrapped():
    """A model under training with the toolkit, half of its weights masked; what it looks like stripped; an input."""
    import tensorflow_model_optimization as toolkit

    keras = tf_keras_models.keras
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8, 1)),
            keras.layers.Conv2D(6, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(20, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    schedule = toolkit.sparsity.keras.ConstantSparsity(0.5, begin_step=0, frequency=1)
    model = toolkit.sparsity.keras.prune_low_magnitude(model, schedule)
    model.compile("adam", "mse")
    x = np.random.default_rng(4).random((64, 8, 8, 1), "f4")
    steps = [toolkit.sparsity.keras.UpdatePruningStep()]
    model.fit(x, np.ones((64, 10)), epochs=2, callbacks=steps, verbose=0)
    return model, toolkit.sparsity.keras.strip_pruning(model), x


ENDINGS = [".h5", ".weights.h5", ".hdf5"]


def save(model, path):
    (model.save if path.suffix == ".h5" and ".weights" not in path.name else model.save_weights)(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_wrapped_model_reports_its_true_sparsity(ending, wrapped, tmp_path):
    model, stripped, _ = wrapped
    save(model, tmp_path / f"wrapped{ending}")
    report = inspect(tmp_path / f"wrapped{ending}")
    kernels = [w.numpy() for w in stripped.weights if "kernel" in w.name]
    assert report["totals"]["prunableElements"] == sum(kernel.size for kernel in kernels)
    assert report["totals"]["prunableNonzeros"] == sum(np.count_nonzero(kernel) for kernel in kernels)


@pytest.mark.parametrize("ending", ENDINGS)
def test_wrapped_model_makes_the_round_trip(ending, wrapped, tmp_path):
    save(wrapped[0], tmp_path / f"wrapped{ending}")
    convert(convert(tmp_path / f"wrapped{ending}", tmp_path / "b.spm"), tmp_path / f"c{ending}")
    assert_same_file(tmp_path / f"wrapped{ending}", tmp_path / f"c{ending}")


@pytest.mark.parametrize("by_way_of_spm", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_wrapped_model_is_stripped(ending, by_way_of_spm, wrapped, tmp_path):
    """Pruned no further than it was: it must be the model that the toolkit's own stripping gives."""
    model, stripped, x = wrapped
    save(model, tmp_path / f"wrapped{ending}")
    kernels = [w.numpy() for w in stripped.weights if "kernel" in w.name]
    zeros = sum(kernel.size - np.count_nonzero(kernel) for kernel in kernels)
    sparsity = zeros / sum(kernel.size for kernel in kernels)
    result = tmp_path / f"pruned{ending}"
    if ending == ".weights.h5":
        # These files name groups after classes, and a wrapper's does not tell what it wraps.
        failure = sparsify(tmp_path / f"wrapped{ending}", result, "--sparsity", sparsity, "--json", status=1)
        assert "Save the whole model" in json.loads(failure)["error"]["remedy"]
        return
    if by_way_of_spm:
        prune(tmp_path / f"wrapped{ending}", tmp_path / "b.spm", sparsity)
        convert(tmp_path / "b.spm", result)
    else:
        prune(tmp_path / f"wrapped{ending}", result, sparsity)

    if ending == ".h5":
        loaded = tf_keras_models.load(result)
    else:
        loaded = tf_keras_models.another(stripped)
        loaded.load_weights(result)
    for one, other in zip(stripped.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.name)
    np.testing.assert_array_equal(stripped(x).numpy(), loaded(x).numpy())
