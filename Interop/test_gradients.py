"""Losses, gradients and Hessians are those of TensorFlow, and `taylor` prunes by them: for every kind of layer."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from helpers import computed_by_tensorflow, prunable_names, read, sparsify
from keras_layers import MODELS, SHAPES_ONLY
from layer_models.making import integers, numbers
from randomize import randomize

GRADIENT_TOLERANCE = 1e-4
HESSIAN_TOLERANCE = 1e-3

# TensorFlow has no gradient of these.
INCOMPARABLE = SHAPES_ONLY | {"encoding_weights", "old_up_sampling_area", "resizing_area"}


def library(model):
    return keras if isinstance(model, keras.Model) else tf_keras


def behind_dense(model, arrays):
    """The model with a dense layer in front of each input of real numbers, so that a layer without weights has a
    gradient too, and the others one by their inputs."""
    kind = library(model)
    inputs, values = [], []
    for seed, (x, (name, array)) in enumerate(zip(model.inputs, arrays.items())):
        inputs.append(kind.Input(x.shape[1:], dtype=x.dtype, name=name))
        if array.dtype.kind != "f":
            values.append(inputs[-1])
            continue
        layer = kind.layers.Dense(array.shape[-1])
        values.append(layer(inputs[-1]))
        kernel, bias = layer.get_weights()
        generator = np.random.default_rng(40 + seed)
        noise = [generator.standard_normal(weight.shape) / 8 for weight in (kernel, bias)]
        layer.set_weights([np.eye(len(kernel)) + noise[0], noise[1]])
    return kind.Model(inputs, model(values if len(values) > 1 else values[0]))


class Problem:
    """A model with data, in files and for TensorFlow."""

    def __init__(self, model, arrays, labels, loss, folder, is_logits=False):
        self.model, self.loss, self.labels, self.is_logits = model, loss, labels, is_logits
        self.inputs = list(arrays.values())
        self.path = folder / "a.h5"
        model.save(self.path, include_optimizer=False)
        np.savez(folder / "inputs.npz", **arrays)
        np.save(folder / "labels.npy", labels)
        self.options = ["--data", folder / "inputs.npz", "--data-y", folder / "labels.npy", "--loss", loss]

    def value(self):
        """The loss as TensorFlow computes it, means over examples and positions."""
        output = self.model(self.inputs if len(self.inputs) > 1 else self.inputs[0], training=False)
        if self.loss == "mean-squared-error":
            return tf.reduce_mean(tf.square(output - self.labels))
        losses = library(self.model).losses
        if self.loss == "binary-cross-entropy":
            return tf.reduce_mean(losses.binary_crossentropy(self.labels.astype("f4"), output))
        sparse = self.labels.dtype.kind != "f"
        entropy = losses.sparse_categorical_crossentropy if sparse else losses.categorical_crossentropy
        return tf.reduce_mean(entropy(self.labels, output, from_logits=self.is_logits))

    @property
    def weights(self):
        return [weight.value if hasattr(weight.value, "numpy") else weight for weight in self.model.trainable_weights]

    def gradient(self):
        with tf.GradientTape() as tape:
            value = self.value()
        gradients = tape.gradient(value, self.weights, unconnected_gradients="zero")
        return float(value), [tf.convert_to_tensor(gradient).numpy().astype("f8") for gradient in gradients]

    def hessian(self):
        """The rows one by one, each the gradient of an element of the gradient."""

        def flat(parts):
            return tf.concat([tf.reshape(tf.convert_to_tensor(part), [-1]) for part in parts], 0)

        with tf.GradientTape(persistent=True) as outer:
            with tf.GradientTape() as inner:
                value = self.value()
            gradient = flat(inner.gradient(value, self.weights, unconnected_gradients="zero"))
            elements = tf.unstack(gradient)
        rows = [flat(outer.gradient(x, self.weights, unconnected_gradients="zero")).numpy() for x in elements]
        return np.array(rows, "f8")

    def diagnosis(self, *options):
        return json.loads(sparsify("diagnose", self.path, *self.options, "--json", *options))

    def check_gradient(self):
        """How far apart the norms of the gradient are, and TensorFlow's."""
        value, gradients = self.gradient()
        norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
        assert np.isfinite(value) and np.isfinite(norm), "nothing to compare"
        found = self.diagnosis("--iterations", 1)
        assert found["parameters"] == sum(gradient.size for gradient in gradients)
        assert found["lossValue"] == pytest.approx(value, rel=GRADIENT_TOLERANCE)
        assert found["gradientNorm"] == pytest.approx(norm, rel=GRADIENT_TOLERANCE, abs=1e-7)
        return gradients, (abs(found["gradientNorm"] - norm), norm)

    def check_taylor(self, gradients, folder):
        """Half the weights go, and they are those of the least |g w|; what rounding makes a tie may go either way."""
        names = prunable_names(self.path)
        if not names:
            return
        before = [read(self.path, name) for name in names]
        values = [weight.numpy() for weight in self.weights]
        scores = []
        for name, array in zip(names, before):
            (place,) = [i for i, value in enumerate(values) if np.array_equal(value, array)]
            scores.append(np.abs(gradients[place] * values[place]).ravel())
        scores = np.concatenate(scores)
        options = ["--criterion", "taylor", "--sparsity", 0.5, "--min-keep", 0, "--quiet"]
        sparsify(self.path, folder / "pruned.h5", *self.options, *options)
        kept = np.concatenate([read(folder / "pruned.h5", name).ravel() != 0 for name in names])
        zeros = round(0.5 * scores.size)
        assert np.count_nonzero(~kept) == zeros
        if not zeros:
            return
        threshold = np.sort(scores)[zeros - 1]
        tie = 1e-4 * threshold + 1e-7 * scores.max()
        assert not kept[scores < threshold - tie].any()
        assert kept[scores > threshold + tie].all()


@pytest.mark.parametrize("name", [name for name in MODELS if name not in INCOMPARABLE])
def test_layers(name, tmp_path, record_property):
    model, arrays = MODELS[name]()
    if len(model.outputs) != 1:
        pytest.skip("a loss is of one output")
    model = behind_dense(model, arrays)
    if not model.trainable_weights:
        pytest.skip("no weights, and no input of real numbers")
    inputs = list(arrays.values())
    with computed_by_tensorflow():
        output = np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    if output.dtype.kind != "f":
        pytest.skip("the output is of integers")
    # Of the same sum, so that they suit a softmax too.
    labels = np.random.default_rng(3).uniform(0.1, 1, output.shape).astype("f4")
    labels /= labels.sum(axis=-1, keepdims=True)
    problem = Problem(model, arrays, labels, "mean-squared-error", tmp_path)
    gradients, found = problem.check_gradient()
    record_property("agreement", ("gradients of models of layers", name, found[0], found[1] or 1))
    problem.check_taylor(gradients, tmp_path)


def network(shape, *layers):
    model = keras.Sequential([keras.Input(shape, name="x"), *layers])
    randomize(model)
    return model


L = keras.layers
DISTRIBUTION = np.float32([[0.2, 0.5, 0.3], [0, 1, 0], [0.25, 0.25, 0.5]])

# By name: a network of one input, its labels, and the loss.
LOSSES = {
    "softmax_classes": lambda: (
        network((5,), L.Dense(4, "tanh"), L.Dense(3, "softmax")), integers(below=3), "cross-entropy"
    ),
    "softmax_distribution": lambda: (network((5,), L.Dense(3, "softmax")), DISTRIBUTION, "cross-entropy"),
    "softmax_layer": lambda: (network((5,), L.Dense(3), L.Softmax()), integers(below=3), "cross-entropy"),
    "logits": lambda: (network((5,), L.Dense(4, "gelu"), L.Dense(3)), integers(below=3), "cross-entropy"),
    "sequence": lambda: (
        network((6, 4), L.LSTM(3, return_sequences=True), L.Dense(5, "softmax")), integers(6, below=5), "cross-entropy"
    ),
    "image": lambda: (
        network((6, 6, 2), L.Conv2D(3, 3, activation="silu"), L.GlobalAveragePooling2D(), L.Dense(4, "softmax")),
        integers(below=4),
        "cross-entropy",
    ),
    "sigmoid": lambda: (
        network((5,), L.Dense(4, "elu"), L.Dense(1, "sigmoid")), integers(1, below=2), "binary-cross-entropy"
    ),
    "sigmoids": lambda: (network((5,), L.Dense(3, "sigmoid")), integers(3, below=2), "binary-cross-entropy"),
    "regression": lambda: (network((5,), L.Dense(4, "tanh"), L.Dense(2)), numbers(2, seed=4), "mean-squared-error"),
    "recurrent": lambda: (network((4, 3), L.GRU(3), L.Dense(2)), numbers(2, seed=4), "mean-squared-error"),
    "normalised": lambda: (
        network((4, 3), L.Dense(4), L.LayerNormalization(), L.Dense(3, "tanh"), L.BatchNormalization(), L.Flatten()),
        numbers(12, seed=4),
        "mean-squared-error",
    ),
}


def problem(name, folder):
    model, labels, loss = LOSSES[name]()
    arrays = {"x": numbers(*model.input_shape[1:])}
    return Problem(model, arrays, labels, loss, folder, is_logits=name == "logits")


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, tmp_path):
    given = problem(name, tmp_path)
    given.check_taylor(given.check_gradient()[0], tmp_path)


@pytest.mark.parametrize("name", LOSSES)
def test_hessians(name, tmp_path):
    """As many Lanczos iterations as there are weights find the extreme eigenvalues."""
    given = problem(name, tmp_path)
    eigenvalues = np.linalg.eigvalsh(given.hessian())
    found = given.diagnosis("--iterations", len(eigenvalues))
    tolerance = HESSIAN_TOLERANCE * np.abs(eigenvalues).max()
    assert found["largestEigenvalue"] == pytest.approx(eigenvalues[-1], abs=tolerance)
    assert found["smallestEigenvalue"] == pytest.approx(eigenvalues[0], abs=tolerance)
