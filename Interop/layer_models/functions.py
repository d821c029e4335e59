"""Activations, as functions and as layers, and functions of `keras.ops` in functional models."""

import keras
import numpy as np
from keras import layers as L
from keras import ops

from layer_models.making import on, on_two

vector, grid = (9,), (4, 6)
names = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax"
    " mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax"
    " squareplus tanh tanh_shrink threshold"
).split()


def activation(name):
    if name == "threshold":
        return lambda x: keras.activations.threshold(x, 0.3, -1.5)
    return L.Activation(name)


def one(apply, shape=grid, **options):
    return on(shape, apply, **options)


def two(apply, shapes=(grid, grid)):
    return on_two(list(shapes), apply)


ONE = {
    "relu": lambda x: ops.relu(x),
    "leaky_relu": lambda x: ops.leaky_relu(x, 0.1),
    "gelu_approximate": lambda x: ops.gelu(x),
    "elu_alpha": lambda x: ops.elu(x, alpha=0.5),
    "celu_alpha": lambda x: ops.celu(x, alpha=0.5),
    "relu_options": lambda x: keras.activations.relu(x, negative_slope=0.1, max_value=1.0, threshold=0.2),
    "glu": lambda x: ops.glu(x, axis=-1),
    "softmax_axis": lambda x: ops.softmax(x, axis=1),
    "log_softmax": lambda x: ops.log_softmax(x, axis=1),
    "numbers": lambda x: 3 - (2 * x + 1) / 4,
    "floor_divide": lambda x: x // 0.3,
    "modulo": lambda x: x % 0.7,
    "powers": lambda x: ops.concatenate([abs(x) ** 1.7, x**2, 2.0**x, -x], axis=1),
    "roots": lambda x: ops.stack([ops.sqrt(abs(x)), ops.rsqrt(abs(x) + 0.1), ops.square(x), ops.reciprocal(x)], axis=1),
    "exponentials": lambda x: ops.stack(
        [ops.exp(x), ops.expm1(x), ops.log(abs(x)), ops.log1p(abs(x)), ops.log2(abs(x)), ops.log10(abs(x))], axis=-1
    ),
    "trigonometry": lambda x: ops.concatenate(
        [ops.sin(x), ops.cos(x), ops.tan(x), ops.arctan(x), ops.sinh(x), ops.cosh(x), ops.tanh(x), ops.arcsinh(x)], 1
    ),
    "inverse_trigonometry": lambda x: ops.concatenate(
        [ops.arcsin(ops.tanh(x)), ops.arccos(ops.tanh(x)), ops.arctanh(ops.tanh(x)), ops.arccosh(1 + abs(x))], axis=1
    ),
    "rounding": lambda x: ops.concatenate([ops.floor(x), ops.ceil(x), ops.round(x), ops.sign(x), ops.trunc(x)], axis=1),
    "erf": lambda x: ops.erf(x),
    "clip": lambda x: ops.clip(x, -0.5, 0.8),
    "extremes": lambda x: ops.maximum(ops.minimum(x, 0.5), -0.25),
    "where": lambda x: ops.where(x > 0.2, x, -1.0),
    "comparisons": lambda x: ops.concatenate(
        [ops.cast(y, "float32") for y in (x > 0, x >= 0.5, x < 0, x <= -0.5, ops.equal(x, x), ops.not_equal(x, 0))], 1
    ),
    "logic": lambda x: ops.cast(ops.logical_or(ops.logical_and(x > 0, x < 1), ops.logical_not(x > -1)), "float32"),
    "cast": lambda x: ops.cast(ops.cast(3 * x, "int32"), "float32"),
    "mean": lambda x: ops.mean(x, axis=1),
    "mean_axes": lambda x: ops.mean(x, axis=(1, 2), keepdims=True),
    "sum": lambda x: ops.sum(x, axis=-1),
    "extremes_axis": lambda x: ops.max(x, axis=1) - ops.min(x, axis=1),
    "prod": lambda x: ops.prod(x, axis=-1, keepdims=True),
    "moments": lambda x: ops.stack([ops.var(x, axis=1), ops.std(x, axis=1)], axis=1),
    "any_all": lambda x: ops.cast(ops.stack([ops.any(x > 1, axis=1), ops.all(x > -1, axis=1)], axis=1), "float32"),
    "argmax": lambda x: ops.stack([ops.argmax(x, axis=-1), ops.argmin(x, axis=2)], axis=1),
    "logsumexp": lambda x: ops.logsumexp(x, axis=1),
    "reshape": lambda x: ops.reshape(x, (-1, 8, 3)),
    "transpose": lambda x: ops.transpose(x, (0, 2, 1)),
    "swapaxes": lambda x: ops.moveaxis(ops.swapaxes(ops.expand_dims(x, -1), 1, 2), 1, -1),
    "squeeze": lambda x: ops.squeeze(ops.expand_dims(x, (1, 3))[:, :, 1:2], (1, 3)),
    "split": lambda x: (parts := ops.split(x, 3, axis=2))[2] + parts[0],
    "split_indices": lambda x: ops.concatenate(ops.split(x, [1, 4], axis=2)[::-1], axis=2),
    "unstack": lambda x: ops.unstack(x, axis=1)[2],
    "pad": lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 0)), constant_values=3.0),
    "pad_all": lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 1))),
    "pad_reflect": lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 3)), mode="reflect"),
    "pad_symmetric": lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 3)), mode="symmetric"),
    "flip": lambda x: ops.flip(x, axis=2),
    "roll": lambda x: ops.roll(x, 2, axis=1) + ops.roll(x, -1, axis=2),
    "repeat": lambda x: ops.repeat(x, 3, axis=1),
    "tile": lambda x: ops.tile(x, (1, 2, 3)),
    "einsum_one": lambda x: ops.einsum("bij->bj", x) + ops.einsum("bij->bji", x)[:, :, 0],
    "one_hot": lambda x: ops.one_hot(ops.cast(abs(3 * x), "int32"), 4),
    "one_hot_axis": lambda x: ops.one_hot(ops.cast(abs(3 * x), "int32"), 4, axis=1),
    "normalize": lambda x: ops.normalize(x, axis=1),
    "likes": lambda x: ops.concatenate([ops.zeros_like(x), ops.ones_like(x), ops.full_like(x, 2.5)], axis=1),
    "stop_gradient": lambda x: ops.stop_gradient(x) + 1,
    "take": lambda x: ops.take(x, [3, 0, -1], axis=1),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "array": lambda x: ops.matmul(x + np.arange(6, dtype="f4"), np.linspace(-1, 1, 12, dtype="f4").reshape(6, 2)),
    "shape": lambda x: x / ops.shape(x)[1],
    "resize": lambda x: ops.image.resize(ops.expand_dims(x, -1), (3, 9)),
    "pools": lambda x: ops.average_pool(x, 2) + ops.max_pool(x, 2),
    "layer_norm": lambda x: ops.layer_normalization(x) + ops.rms_normalization(x),
    "triangles": lambda x: ops.tril(x, 1) - ops.triu(x, -1),
    "moments": lambda x: ops.add(*ops.moments(x, axes=[1])),
    "exp2": lambda x: ops.exp2(x),
    "nan_to_num": lambda x: ops.nan_to_num(ops.log(x)),
}

ITEMS = {
    "first": lambda x: x[:, 0],
    "last": lambda x: x[:, -1],
    "range": lambda x: x[:, 1:3],
    "steps": lambda x: x[:, ::2, 1:],
    "backwards": lambda x: x[:, ::-1, 4:1:-2],
    "ellipsis": lambda x: x[..., 0],
    "new_axis": lambda x: x[:, None, :, -2:],
    "beyond": lambda x: x[:, -99:2, 3:99],
}

TWO = {
    "arithmetic": lambda x, y: (x + y) * (x - y) / (abs(y) + 1),
    "extremes": lambda x, y: ops.maximum(x, y) - ops.minimum(x, y),
    "compare": lambda x, y: ops.where(x > y, x, y * 2),
    "concatenate": lambda x, y: ops.concatenate([x, y, x], axis=-1),
    "stack": lambda x, y: ops.stack([x, y], axis=2),
    "matmul": lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1))),
    "einsum": lambda x, y: ops.einsum("bij,bkj->bik", x, y),
    "einsum_ellipsis": lambda x, y: ops.einsum("...ij,...kj->...ki", x, y),
    "xor": lambda x, y: ops.cast(ops.logical_xor(x > 0, y > 0), "float32"),
}

MODELS = {
    **{f"activation_{name}": one(activation(name), shape=vector, scale=2) for name in names},
    "relu_layer": one(L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3)),
    "relu_threshold": one(L.ReLU(threshold=0.5)),
    "leaky_relu_layer": one(L.LeakyReLU()),
    "leaky_relu_slope": one(L.LeakyReLU(negative_slope=0.05)),
    "elu_layer": one(L.ELU(alpha=0.5)),
    "prelu": one(L.PReLU()),
    "prelu_shared": one(L.PReLU(shared_axes=[1])),
    "softmax_layer": one(L.Softmax(axis=1)),
    "softmax_axes": one(L.Softmax(axis=(1, 2))),
    "softmax_masked": two(lambda x, y: L.Softmax()(x, mask=y > 0)),
    "activation_object": one(lambda x: L.Dense(5, activation=L.LeakyReLU(negative_slope=0.2))(x)),
    "activation_softmax_axis": one(L.Activation(L.Softmax(axis=1))),
    **{f"ops_{name}": one(apply) for name, apply in ONE.items()},
    **{f"item_{name}": one(apply) for name, apply in ITEMS.items()},
    **{f"ops_two_{name}": two(apply) for name, apply in TWO.items()},
    "adaptive_pool": one(lambda x: ops.adaptive_average_pool(x, (3,)) + ops.adaptive_max_pool(x, (3,)), shape=(5, 2)),
    "depth_to_space": one(lambda x: ops.depth_to_space(x, 2), shape=(3, 2, 8)),
    "space_to_depth": one(lambda x: ops.space_to_depth(x, 2), shape=(6, 4, 3)),
    "item_open": one(lambda x: x[:, -1] + x[:, 0], shape=(None, 6)),
    "item_open_reversed": one(lambda x: x[:, ::-1], shape=(None, 6)),
}

SHAPES_ONLY = set()
