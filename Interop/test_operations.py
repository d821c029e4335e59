"""Operation counts of `inspect`, against formulas written out here."""

import re

import keras
import numpy as np
import pytest
from keras import layers

from helpers import inspect, prune
from randomize import randomize


def products(kernel, positions, bias):
    """An output sums the products of one column: n multiplications, n - 1 additions, and one for its bias. Columns
    without a weight cost nothing."""
    n = np.count_nonzero(kernel.reshape(-1, kernel.shape[-1]), axis=0)
    additions = np.where(n > 0, n - 1 + bias, 0)
    return positions * int(n.sum()), positions * int(additions.sum())


def expected(layer):
    """Multiplications and additions of a layer for one input, with its weights as they are."""
    outputs = int(np.prod(layer.output.shape[1:]))
    places = int(np.prod(layer.output.shape[1:-1]))
    weights = [weight.numpy() for weight in layer.weights]
    match type(layer).__name__:
        case "Dense" | "Conv1D" | "Conv2D" | "Conv3D":
            return products(weights[0], places, layer.use_bias)
        case "DepthwiseConv2D":
            kernel = weights[0].reshape(*layer.kernel_size, -1)
            return products(kernel, places, layer.use_bias)
        case "SeparableConv2D":
            depthwise = products(weights[0].reshape(*layer.kernel_size, -1), places, False)
            pointwise = products(weights[1], places, layer.use_bias)
            return tuple(map(sum, zip(depthwise, pointwise)))
        case "Conv2DTranspose":
            # Windows that do not overlap: each tap of the window is an output of its own, a sum over the channels.
            assert layer.kernel_size == layer.strides
            kernel = np.moveaxis(weights[0], -1, 0)
            return products(kernel.reshape(kernel.shape[0], -1), int(np.prod(layer.input.shape[1:-1])), layer.use_bias)
        case "AveragePooling2D":
            return outputs, outputs * (int(np.prod(layer.pool_size)) - 1)
        case "GlobalAveragePooling2D":
            return outputs, outputs * (int(np.prod(layer.input.shape[1:-1])) - 1)
        case "BatchNormalization":
            return outputs, outputs
        case "Add" | "Subtract":
            return 0, outputs
        case "Multiply":
            return outputs, 0
        case _:
            return 0, 0


def model_of_everything():
    image = layers.Input((13, 11, 3))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(image)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(8, (3, 2), strides=(2, 1), dilation_rate=1)(x)
    x = layers.Conv2D(8, 3, padding="same", dilation_rate=2, groups=2)(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(x)
    x = layers.SeparableConv2D(6, 3)(x)
    y = layers.Conv2D(6, 1)(x)
    x = layers.Multiply()([layers.Add()([x, y]), y])
    x = layers.Conv2DTranspose(5, 2, strides=2)(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.AveragePooling2D((2, 3))(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(0.3)(x)
    pooled = layers.GlobalAveragePooling2D()(x)
    flat = layers.Dense(9, activation="relu")(layers.Flatten()(x))
    x = layers.Concatenate()([pooled, flat])
    return keras.Model(image, layers.Dense(4, use_bias=False, activation="softmax")(x))


def mlp():
    return keras.Sequential([layers.Input((30,)), layers.Dense(40), layers.Dense(3)])


def dense_over_rows():
    return keras.Sequential([layers.Input((7, 12)), layers.Dense(5), layers.Conv1D(6, 3), layers.Dense(2)])


def assert_counts(report, model, prefix=""):
    rows = {row["name"]: row for row in report["layers"]}
    totals = np.zeros(2, int)
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        row = rows[layer.name]
        assert row["kind"] == type(layer).__name__
        keys = ("sparseMultiplications", "sparseAdditions") if prefix else ("multiplications", "additions")
        assert (row[keys[0]], row[keys[1]]) == expected(layer), layer.name
        shape = [int(extent) for extent in re.findall(r"\d+", str(row["outputShape"]))]
        assert shape == list(layer.output.shape[1:]), layer.name
        totals += expected(layer)
    names = ("sparseMultiplications", "sparseAdditions", "sparseFlops") if prefix else (
        "multiplications", "additions", "flops")
    assert [report["totals"][name] for name in names] == [*totals, totals.sum()]


@pytest.mark.parametrize("make", [model_of_everything, mlp, dense_over_rows])
def test_operations(make, tmp_path):
    model = make()
    randomize(model)
    model.save(tmp_path / "a.h5", include_optimizer=False)
    report = inspect(tmp_path / "a.h5")
    assert_counts(report, model)
    assert_counts(report, model, "sparse")

    for sparsity in (0.5, 0.9, 0.99):
        prune(tmp_path / "a.h5", tmp_path / "pruned.spm", sparsity, "--force")
        prune(tmp_path / "a.h5", tmp_path / "pruned.h5", sparsity, "--force")
        pruned = keras.models.load_model(tmp_path / "pruned.h5", compile=False)
        for path in (tmp_path / "pruned.spm", tmp_path / "pruned.h5"):
            report = inspect(path)
            assert_counts(report, model)
            assert_counts(report, pruned, "sparse")


@pytest.mark.parametrize("kernel, operations", [(np.ones((2, 2)), (8, 4)), (np.diag([3, 5]), (4, 0))])
def test_two_by_two(kernel, operations, tmp_path):
    """A full 2x2 matrix times a 2x2 matrix: 8 multiplications and 4 additions. A diagonal one: 4 and 0."""
    model = keras.Sequential([layers.Input((2, 2)), layers.Dense(2, use_bias=False)])
    model.set_weights([kernel])
    model.save(tmp_path / "a.h5", include_optimizer=False)
    totals = inspect(tmp_path / "a.h5")["totals"]
    assert (totals["sparseMultiplications"], totals["sparseAdditions"]) == operations
    assert (totals["multiplications"], totals["additions"]) == (8, 4)


def test_a_layer_that_nobody_knows_leaves_the_rest_of_the_report(tmp_path):
    @keras.saving.register_keras_serializable("mine")
    class Strange(layers.Layer):
        def call(self, x):
            return x

    model = keras.Sequential([layers.Input((6,)), layers.Dense(4), Strange(name="strange"), layers.Dense(2)])
    model.save(tmp_path / "a.h5", include_optimizer=False)
    report = inspect(tmp_path / "a.h5")
    assert len(report["tensors"]) == 4
    rows = {row["name"]: row for row in report["layers"]}
    assert rows[model.layers[0].name]["multiplications"] == 24
    assert "multiplications" not in rows["strange"] and rows["strange"]["note"]
    assert "strange" in report["totals"]["unknownLayers"]


@pytest.mark.parametrize("name", ["digits_mlp.weights.h5", "digits_mlp.h5"])
def test_files_without_a_network_say_so(name, tmp_path):
    from helpers import FIXTURES

    report = inspect(FIXTURES / name)
    if ".weights" in name:
        assert report["layers"] == [] and report["notes"]
    else:
        dense = 64 * 256 + 256 * 128 + 128 * 10
        assert report["totals"]["multiplications"] == dense
        assert report["totals"]["additions"] == dense
