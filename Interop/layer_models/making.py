"""Helpers that make small seeded models."""

import keras
import numpy as np

from randomize import randomize

BATCH = 3


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal((BATCH, *shape)).astype("f4")


def integers(*shape, below, seed=0):
    return np.random.default_rng(seed).integers(0, below, (BATCH, *shape)).astype("i4")


def fresh(layer):
    """A layer like this one that no model holds; other functions are as they are."""
    return layer.__class__.from_config(layer.get_config()) if isinstance(layer, keras.Layer) else layer


def finished(inputs, outputs, arrays):
    """A model with random weights, and the arrays by the names of its inputs."""
    model = keras.Model(inputs, outputs)
    randomize(model)
    return model, dict(zip([x.name for x in model.inputs], arrays))


def on(shape, apply, scale=1.0, shift=0.0):
    """A builder of a model that applies a layer, or any function, to one input."""

    def build():
        keras.utils.set_random_seed(1)
        x = keras.Input(shape, name="x")
        known = [3 if extent is None else extent for extent in shape]
        return finished(x, fresh(apply)(x), [numbers(*known) * scale + shift])

    return build


def on_two(shapes, apply):
    """The same with two inputs."""

    def build():
        keras.utils.set_random_seed(1)
        inputs = [keras.Input(shape, name=name) for shape, name in zip(shapes, "xyz")]
        arrays = [numbers(*shape, seed=seed) for seed, shape in enumerate(shapes)]
        return finished(inputs, fresh(apply)(*inputs), arrays)

    return build


def on_tokens(length, apply, vocabulary=9):
    """The same with tokens of which some are 0, to be masked."""

    def build():
        keras.utils.set_random_seed(1)
        x = keras.Input((length,), dtype="int32", name="x")
        tokens = integers(6 if length is None else length, below=vocabulary)
        tokens[0, 3:] = 0
        tokens[1, ::2] = 0
        tokens[:, 1] = np.maximum(tokens[:, 1], 1)
        return finished(x, fresh(apply)(x), [tokens])

    return build
