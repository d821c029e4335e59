"""Layers as Keras 2 writes them, by tf_keras. Builders are as those of Keras 3; names of inputs are those of the file."""

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers as L

from layer_models.making import integers, numbers
from randomize import randomize


def finished(inputs, outputs, arrays):
    model = keras.Model(inputs, outputs)
    randomize(model)
    return model, dict(zip(model.input_names, arrays))


def fresh(layer):
    return layer.__class__.from_config(layer.get_config()) if isinstance(layer, keras.layers.Layer) else layer


def on(shape, apply, **arguments):
    def build():
        keras.utils.set_random_seed(1)
        x = keras.Input(shape, name="x")
        return finished(x, fresh(apply)(x), [numbers(*(3 if extent is None else extent for extent in shape))])

    return build


def on_two(shapes, apply):
    def build():
        keras.utils.set_random_seed(1)
        inputs = [keras.Input(shape, name=name) for shape, name in zip(shapes, "xyz")]
        return finished(inputs, apply(*inputs), [numbers(*shape, seed=i) for i, shape in enumerate(shapes)])

    return build


def masked(apply):
    def build():
        keras.utils.set_random_seed(1)
        x = keras.Input((6,), dtype="int32", name="x")
        tokens = integers(6, below=9)
        tokens[0, 3:] = 0
        tokens[1, ::2] = 0
        tokens[:, 1] = np.maximum(tokens[:, 1], 1)
        return finished(x, fresh(apply)(L.Embedding(9, 4, mask_zero=True)(x)), [tokens])

    return build


steps, grid, image = (6, 4), (4, 6), (9, 8, 4)


def inner():
    return keras.Sequential([L.Input((4,)), L.Dense(3, activation="relu"), L.BatchNormalization()])


FUNCTIONS = {
    "numbers": lambda x: 3.0 - (2.0 * x + 1.0) / 4.0,
    "powers": lambda x: tf.abs(x) ** 1.5 + x**2 + tf.square(x) + tf.sqrt(tf.abs(x)),
    "item": lambda x: x[:, 0] + x[:, -1],
    "items": lambda x: x[:, 1:3, ::2],
    "new_axis": lambda x: x[:, None, ..., 2:],
    "relu": lambda x: tf.nn.relu(x) + tf.nn.leaky_relu(x, alpha=0.1) + tf.nn.relu6(x),
    "smooth": lambda x: tf.nn.gelu(x) + tf.nn.silu(x) + tf.sigmoid(x) + tf.tanh(x) + tf.math.softplus(x),
    "mean": lambda x: tf.reduce_mean(x, axis=1, keepdims=True) + tf.reduce_max(x, axis=1, keepdims=True),
    "moments": lambda x: tf.math.reduce_std(x, axis=1) + tf.math.reduce_variance(x, axis=1),
    "reshape": lambda x: tf.reshape(x, (-1, 8, 3)),
    "transpose": lambda x: tf.transpose(x, (0, 2, 1)),
    "concat": lambda x: tf.concat([x, 2.0 * x], -1),
    "stack": lambda x: tf.stack([x, 2.0 * x], axis=1),
    "split": lambda x: tf.split(x, 2, axis=1)[1],
    "split_sizes": lambda x: tf.split(x, [1, 3, 2], axis=2)[1],
    "pad": lambda x: tf.pad(x, [[0, 0], [1, 1], [0, 2]]),
    "pad_reflect": lambda x: tf.pad(x, [[0, 0], [1, 1], [0, 2]], mode="REFLECT"),
    "where": lambda x: tf.where(x > 0, x, 2.0 * x),
    "clip": lambda x: tf.clip_by_value(x, -0.5, 0.5),
    "matmul": lambda x: tf.matmul(x, x, transpose_b=True),
    "one_hot": lambda x: tf.one_hot(tf.cast(tf.abs(3.0 * x), tf.int32), 4),
    "softmax": lambda x: tf.nn.softmax(x, axis=1),
    "dimensions": lambda x: tf.squeeze(tf.expand_dims(x, 1), [1]),
    "tile": lambda x: tf.tile(x, [1, 2, 1]),
    "reverse": lambda x: tf.reverse(x, [1]),
    "argmax": lambda x: tf.cast(tf.argmax(x, axis=1), tf.float32),
    "resize": lambda x: tf.image.resize(x[..., None], (3, 9)),
    "normalize": lambda x: tf.nn.l2_normalize(x, axis=-1),
    "cumsum": lambda x: tf.cumsum(x, axis=1),
    "gather": lambda x: tf.gather(x, [3, 0], axis=1),
    "array": lambda x: x * tf.constant([1.0, 2, 3, 4, 5, 6]),
    "roll": lambda x: tf.roll(x, 1, axis=1) + tf.repeat(x, 2, axis=1)[:, :4],
}

MODELS = {
    "dense": on((5,), L.Dense(7, activation="hard_sigmoid")),
    "dense_leaky": on((5,), lambda x: L.LeakyReLU(alpha=0.1)(L.LeakyReLU()(L.Dense(4)(x)))),
    "relu_layer": on(grid, L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3)),
    "thresholded": on(grid, L.ThresholdedReLU(theta=0.4)),
    "elu": on(grid, L.ELU(0.5)),
    "prelu": on(grid, L.PReLU(shared_axes=[1])),
    "softmax": on(grid, L.Softmax(axis=1)),
    **{
        f"activation_{name}": on(grid, L.Activation(name))
        for name in "elu exponential gelu hard_sigmoid linear mish relu selu sigmoid softmax softplus softsign swish tanh".split()
    },
    "conv": on(image, L.Conv2D(5, 3, padding="same", strides=2)),
    "conv_causal": on(steps, L.Conv1D(3, 2, padding="causal", dilation_rate=2)),
    "depthwise": on(image, L.DepthwiseConv2D(3, depth_multiplier=2)),
    "depthwise1d": on(steps, L.DepthwiseConv1D(3)),
    "separable": on(image, L.SeparableConv2D(5, 3, padding="same")),
    "separable1d": on(steps, L.SeparableConv1D(5, 3)),
    "transposed": on(image, L.Conv2DTranspose(3, 3, strides=2, padding="same")),
    "transposed1d": on(steps, L.Conv1DTranspose(3, 3, strides=2, output_padding=1)),
    "transposed3d": on((3, 4, 5, 2), L.Conv3DTranspose(3, 2, strides=2)),
    "locally1d": on(steps, L.LocallyConnected1D(3, 2, strides=2, activation="relu")),
    "locally2d": on(image, L.LocallyConnected2D(3, (2, 3), strides=(2, 1))),
    "locally2d_no_bias": on(image, L.LocallyConnected2D(2, 2, use_bias=False)),
    "pooling": on(image, lambda x: L.MaxPool2D(2, padding="same")(L.AveragePooling2D(3, 2, padding="same")(x))),
    "global": on(image, L.GlobalAveragePooling2D(keepdims=True)),
    "up_sampling": on(image, lambda x: L.UpSampling2D(2, interpolation="bilinear")(L.UpSampling2D((1, 2))(x))),
    "up_sampling_bicubic": on(image, L.UpSampling2D(3, interpolation="bicubic")),
    "up_sampling_mitchell": on(image, L.UpSampling2D(3, interpolation="mitchellcubic")),
    "up_sampling_area": on(image, L.UpSampling2D(2, interpolation="area")),
    "resizing": on(image, L.Resizing(5, 13, interpolation="bicubic")),
    "resizing_crop": on((9, 15, 3), L.Resizing(6, 5, crop_to_aspect_ratio=True)),
    "center_crop": on(image, lambda x: L.CenterCrop(4, 3)(L.CenterCrop(7, 5)(x))),
    "random_crop": on(image, L.RandomCrop(4, 5)),
    "rescaling": on(image, L.Rescaling(0.5, 1)),
    "normalization": on((4, 3), L.Normalization(mean=[1.0, 2, 3], variance=[4.0, 1, 9])),
    "discretization": on((5,), L.Discretization([-1.0, 0.0, 0.5])),
    "batch_normalization": on(image, L.BatchNormalization(axis=1)),
    "layer_normalization": on(grid, L.LayerNormalization()),
    "group_normalization": on(grid, L.GroupNormalization(2)),
    "unit_normalization": on(grid, L.UnitNormalization()),
    "dot": on_two([(4, 5), (3, 5)], lambda x, y: L.Dot(axes=2, normalize=True)([x, y])),
    "merge": on_two([(4, 5)] * 3, lambda x, y, z: L.Maximum()([L.Subtract()([x, y]), L.Average()([x, y, z])])),
    "lstm": on(steps, L.LSTM(3, return_sequences=True, return_state=True)),
    "lstm_hard": on(steps, L.LSTM(3, recurrent_activation="hard_sigmoid")),
    "lstm_cudnn_order": on(steps, keras.layers.LSTM(3, go_backwards=True, return_sequences=True)),
    "gru": on(steps, L.GRU(3)),
    "gru_before": on(steps, L.GRU(3, reset_after=False, use_bias=False)),
    "simple_rnn": on(steps, L.SimpleRNN(3)),
    "lstm_masked": masked(L.LSTM(3, return_sequences=True)),
    "gru_masked": masked(L.GRU(3)),
    "bidirectional_masked": masked(L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidirectional": on(steps, L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")),
    "rnn_stack": on(steps, L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)),
    "conv_lstm": on((4, 5, 6, 2), L.ConvLSTM2D(3, 2, padding="same", return_sequences=True)),
    "begins": on_two([steps, (5,)], lambda x, y: L.GRU(3)(x, initial_state=L.Dense(3)(y))),
    "time_distributed": on((3, 5, 4), L.TimeDistributed(L.Conv1D(2, 2))),
    "time_distributed_model": on((3, 4), lambda x: L.TimeDistributed(inner())(x)),
    "global_average_masked": masked(L.GlobalAveragePooling1D()),
    "merge_masked": masked(lambda x: L.GlobalAveragePooling1D()(L.Add()([x, L.Dense(4)(x)]))),
    "attention_masked": masked(lambda x: L.Attention(use_scale=True)([x, x])),
    "attention_concat": on(steps, lambda x: L.Attention(score_mode="concat")([x, x])),
    "additive": masked(lambda x: L.AdditiveAttention()([x, x])),
    "mha": on(steps, lambda x: L.MultiHeadAttention(2, 3, value_dim=2)(x, x)),
    "mha_causal": on(steps, lambda x: L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)),
    "mha_scores": on(steps, lambda x: L.MultiHeadAttention(2, 3)(x, x, return_attention_scores=True)),
    "mha_masked": masked(lambda x: L.GlobalAveragePooling1D()(L.Add()([x, L.MultiHeadAttention(2, 3)(x, x)]))),
    "mha_mask": on_two([steps, (6, 6)], lambda x, y: L.MultiHeadAttention(2, 3)(x, x, attention_mask=y > 0)),
    "einsum": on((5, 6), L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d")),
    "nested": on((4,), lambda x: L.Dense(2)(inner()(x))),
    **{f"function_{name}": on(grid, apply) for name, apply in FUNCTIONS.items()},
}
MODELS = {f"old_{name}": build for name, build in MODELS.items()}

SHAPES_ONLY = set()
