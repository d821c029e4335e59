"""Models made with tf_keras, the Keras 2 that TensorFlow still ships. Entries as in `keras3_models`."""

import numpy as np
import tf_keras as keras
from tf_keras import layers

from randomize import randomize


def mlp():
    model = keras.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(32, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(5),
        ]
    )
    return model, np.linspace(-1, 1, 60, dtype="f4").reshape(3, 20)


def mlp_trained():
    model, x = mlp()
    model.compile("adam", "mean_squared_error", metrics=["mean_absolute_error"])
    model.fit(x, np.ones((3, 5)), epochs=2, verbose=0)
    return model, x


def convolutions():
    image = layers.Input((16, 16, 4))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(image)
    x = layers.BatchNormalization()(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.SeparableConv2D(8, 3, padding="same")(x)
    x = layers.Add()([x, layers.Conv2D(8, 3, padding="same", dilation_rate=2)(x)])
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(layers.AveragePooling2D(2)(x))
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(image, layers.Dense(3)(x)), np.linspace(0, 1, 2048, dtype="f4").reshape(2, 16, 16, 4)


def nested():
    inner = keras.Sequential([layers.Input((6,)), layers.Dense(7), layers.BatchNormalization()], name="inner")
    x = layers.Input((6,))
    y = layers.Dense(3)(layers.Add()([layers.Dense(7)(x), inner(x)]))
    return keras.Model(x, y), np.linspace(-1, 1, 24, dtype="f4").reshape(4, 6)


def recurrent():
    tokens = layers.Input((6,), dtype="int32")
    x = layers.Embedding(50, 8)(tokens)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    x = layers.TimeDistributed(layers.Dense(7))(x)
    x = layers.GRU(4)(x)
    return keras.Model(tokens, layers.Dense(2)(x)), np.arange(18, dtype="i4").reshape(3, 6)


def attention():
    x = layers.Input((5, 12))
    y = layers.MultiHeadAttention(3, 4)(x, x)
    return keras.Model(x, layers.LayerNormalization()(y)), np.linspace(-1, 1, 120, dtype="f4").reshape(2, 5, 12)


MODELS = {
    "mlp": mlp,
    "mlp_trained": mlp_trained,
    "convolutions": convolutions,
    "nested": nested,
    "recurrent": recurrent,
    "attention": attention,
}


def make(name):
    keras.utils.set_random_seed(1)
    model, x = MODELS[name]()
    randomize(model)
    return model, x


def another(model):
    copy = model.__class__.from_config(model.get_config())
    randomize(copy, seed=2)
    return copy


def load(path):
    return keras.models.load_model(path, compile=False)
