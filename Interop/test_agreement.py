"""`sparsify run` computes what Keras does: every kind of layer, and every model of `keras.applications`."""

import keras
import numpy as np
import pytest

import applications
from helpers import computed_by_tensorflow, sparsify
from keras_layers import MODELS, SHAPES_ONLY

# Of the largest magnitude of what is compared.
TOLERANCE = 1e-4


def run(path, inputs, folder, count, kernels="auto"):
    """The outputs of the command, in order."""
    arguments = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    output = folder / ("output.npz" if count > 1 else "output.npy")
    sparsify("run", path, *arguments, "--output", output, "--kernels", kernels, "--quiet", "--force")
    found = np.load(output)
    return [found[key] for key in found.files] if count > 1 else [found]


def assert_close(reference, found, what):
    """How far apart they are at most, and the largest magnitude."""
    reference = np.asarray(reference, "f8")
    assert found.shape == reference.shape, what
    scale = np.abs(reference).max(initial=0)
    difference = np.abs(found - reference).max(initial=0)
    assert difference <= TOLERANCE * scale, f"{what}: {difference:g} apart at a magnitude of {scale:g}"
    return difference, scale


@pytest.mark.parametrize("name", [name for name in MODELS if name not in SHAPES_ONLY])
def test_layers(name, tmp_path, record_property):
    model, inputs = MODELS[name]()
    arrays = list(inputs.values())
    with computed_by_tensorflow():
        outputs = keras.tree.flatten(model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0))
    model.save(tmp_path / "a.h5", include_optimizer=False)
    found = run(tmp_path / "a.h5", inputs, tmp_path, len(outputs))
    assert len(found) == len(outputs)
    pairs = [assert_close(*pair, f"output {number}") for number, pair in enumerate(zip(outputs, found))]
    sparse = run(tmp_path / "a.h5", inputs, tmp_path, len(outputs), "sparse")
    for number, pair in enumerate(zip(outputs, sparse)):
        assert_close(*pair, f"output {number}, sparse kernels")
    difference, scale = max(pairs, key=lambda pair: pair[0] / (pair[1] or 1))
    record_property("agreement", ("models of layers", name, difference, scale or 1))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if slow else ()) for name, (_, slow) in applications.SIZES.items()],
)
def test_applications(name, tmp_path, record_property):
    model, images = applications.make(name)
    reference = model.predict(images, verbose=0)
    inputs = {model.inputs[0]._keras_history.operation.name: images}
    assert 1e-3 < np.abs(reference).max() < 1e6, "nothing to compare"
    model.save(tmp_path / "a.h5", include_optimizer=False)
    keras.backend.clear_session()
    found = run(tmp_path / "a.h5", inputs, tmp_path, 1)[0]
    record_property("agreement", ("models of keras.applications", name, *assert_close(reference, found, name)))
    sparsify("prune", tmp_path / "a.h5", tmp_path / "a.spm", "--sparsity", 0.8, "--scope", "layer", "--quiet")
    dense, sparse = (run(tmp_path / "a.spm", inputs, tmp_path, 1, kernels)[0] for kernels in ("dense", "sparse"))
    found = assert_close(dense, sparse, f"{name} at 0.8, sparse kernels")
    record_property("agreement", ("the same at sparsity 0.8, sparse kernels against dense", name, *found))
