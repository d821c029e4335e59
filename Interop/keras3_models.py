"""Models made with Keras 3. Each entry of `MODELS` gives a model and an input for it."""

import keras
import numpy as np
from keras import layers

from randomize import randomize


def mlp(dtype=None):
    model = keras.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(32, activation="relu", dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.Dropout(0.5, dtype=dtype),
            layers.Dense(5, dtype=dtype),
        ]
    )
    return model, np.linspace(-1, 1, 60).reshape(3, 20)


def mlp_trained():
    """With the state of an optimizer."""
    model, x = mlp()
    model.compile("adam", "mean_squared_error")
    model.fit(x, np.ones((3, 5)), epochs=2, verbose=0)
    return model, x


def mlp_quantized():
    """Packed integers in one layer, floating-point numbers in the other."""
    model, x = mlp()
    model.layers[0].quantize("int8")
    return model, x


def convolutions():
    image = layers.Input((16, 16, 4))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(image)
    x = layers.BatchNormalization()(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.SeparableConv2D(8, 3, padding="same")(x)
    x = layers.Conv2D(8, 3, padding="same", dilation_rate=2)(x)
    skip = layers.Conv2D(8, (1, 3), padding="same", groups=4)(x)
    x = layers.Maximum()([x, layers.Add()([x, skip]), layers.Multiply()([x, skip])])
    x = layers.ZeroPadding2D(((1, 0), (0, 1)))(x)
    x = layers.Cropping2D(((0, 1), (1, 0)))(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.UpSampling2D(2)(x)
    x = layers.GroupNormalization(3)(x)
    x = layers.Concatenate()([x, layers.SpatialDropout2D(0.1)(x)])
    x = layers.Reshape((16, 16, 12, 1))(x)
    x = layers.Conv3D(2, 3)(x)
    x = layers.AveragePooling3D(2)(x)
    x = layers.Reshape((49, 10))(x)
    x = layers.Conv1D(6, 3, padding="causal")(x)
    x = layers.SeparableConv1D(6, 3)(x)
    x = layers.DepthwiseConv1D(3)(x)
    x = layers.Conv1DTranspose(4, 2)(x)
    x = layers.LayerNormalization()(x)
    x = layers.Permute((2, 1))(x)
    x = layers.GlobalMaxPooling1D()(x)
    return keras.Model(image, layers.Dense(3, activation="softmax")(x)), np.linspace(0, 1, 2048).reshape(2, 16, 16, 4)


def nested():
    inner = keras.Sequential([layers.Input((6,)), layers.Dense(7), layers.BatchNormalization()], name="inner")
    x = layers.Input((6,))
    middle = keras.Model(x, layers.Add()([layers.Dense(7, name="same_name")(x), inner(x)]), name="middle")
    outer = layers.Input((6,))
    y = layers.Dense(3, name="same_name")(middle(outer))
    return keras.Model(outer, y), np.linspace(-1, 1, 24).reshape(4, 6)


def shared():
    """One layer called three times."""
    a, b = layers.Input((8,)), layers.Input((8,))
    tower = layers.Dense(8, activation="tanh", name="tower")
    joined = layers.Concatenate()([tower(a), tower(tower(b))])
    x = np.linspace(-1, 1, 24).reshape(3, 8)
    return keras.Model([a, b], layers.Dense(2)(joined)), [x, -x]


def recurrent():
    tokens = layers.Input((6,), dtype="int32")
    x = layers.Embedding(50, 8)(tokens)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(7))(x)
    x = layers.GRU(4, return_sequences=True)(x)
    x = layers.GRU(4, return_sequences=True, reset_after=False)(x)
    x = layers.SimpleRNN(3)(x)
    return keras.Model(tokens, layers.Dense(2)(x)), np.arange(1, 19).reshape(3, 6)


def attention():
    x = layers.Input((5, 12))
    y = layers.MultiHeadAttention(3, 4, value_dim=5)(x, x)
    y = layers.GroupQueryAttention(4, 4, 2)(y, y)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    y = layers.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d")(y)
    return keras.Model(x, layers.GlobalAveragePooling1D()(y)), np.linspace(-1, 1, 120).reshape(2, 5, 12)


def many_layers():
    """Names of layers that do not fit an attribute of 64 KB: Keras splits it."""
    model = keras.Sequential([layers.Input((4,))])
    for i in range(400):
        model.add(layers.Activation("linear", name=f"layer_{i:03}_" + "x" * 170))
    model.add(layers.Dense(3))
    return model, np.ones((1, 4))


MODELS = {
    "mlp": mlp,
    "mlp_trained": mlp_trained,
    "mlp_quantized": mlp_quantized,
    "convolutions": convolutions,
    "nested": nested,
    "shared": shared,
    "recurrent": recurrent,
    "attention": attention,
    "many_layers": many_layers,
    **{
        f"mlp_{dtype}": lambda dtype=dtype: mlp(dtype)
        for dtype in ("float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16")
    },
}


def make(name):
    keras.utils.set_random_seed(1)
    model, x = MODELS[name]()
    randomize(model)
    return model, x


def another(model):
    """The same architecture with other weights."""
    copy = model.__class__.from_config(model.get_config())
    randomize(copy, seed=2)
    return copy


def load(path):
    return keras.models.load_model(path, compile=False)
