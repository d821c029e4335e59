"""Layers that join, reorder, resize, normalise and encode values."""

import keras
from keras import layers as L

from layer_models.making import finished, integers, numbers, on, on_tokens, on_two

image, line, volume = (9, 8, 4), (11, 4), (6, 5, 4, 2)
three = [(4, 5)] * 3


def merged(layer):
    return on_two(three, lambda *values: layer()(list(values)))


def merged_masks(layer):
    """Of two embeddings whose masks differ."""

    def apply(x):
        first = L.Embedding(9, 4, mask_zero=True)(x)
        second = L.Embedding(9, 4, mask_zero=True)(keras.ops.flip(x, axis=1))
        return L.GlobalAveragePooling1D()(layer()([first, second]))

    return on_tokens(6, apply)


def resized(size, *, first=False, **options):
    shape = (3, *size) if first else (*size, 3)
    return on(shape, L.Resizing(data_format="channels_first" if first else None, **options))


def encoded(layer, *shape, below=4):
    def build():
        x = L.Input(shape, dtype="int32", name="x")
        return finished(x, layer(x), [integers(*shape, below=below)])

    return build


def counted():
    x, y = L.Input((5,), dtype="int32", name="x"), L.Input((5,), name="y")
    layer = L.CategoryEncoding(4, output_mode="count")
    return finished([x, y], layer(x, count_weights=y), [integers(5, below=4), numbers(5)])


def nested():
    x = L.Input((6,), name="x")
    inner = keras.Sequential([L.Input((6,)), L.Dense(5, activation="relu"), L.Dense(4)])
    y = L.Input((4,))
    middle = keras.Model(y, [L.Dense(2)(y), L.Add()([y, y])])
    first, second = middle(inner(x))
    again, _ = middle(second)
    return finished(x, [first, second, again], [numbers(6)])


def several():
    x, y = L.Input((6,), name="x"), L.Input((3, 2), name="y")
    joined = L.Concatenate()([x, L.Flatten()(y)])
    return finished([x, y], [L.Dense(3)(joined), L.Dense(2)(x), y], [numbers(6), numbers(3, 2)])


def adapted(**options):
    def build():
        layer = L.Normalization(**options)
        layer.adapt(numbers(4, 5) * 3 + 1)
        x = L.Input((4, 5), name="x")
        return keras.Model(x, layer(x)), {"x": numbers(4, 5, seed=5)}

    return build


MODELS = {
    **{f"merge_{name.lower()}": merged(getattr(L, name)) for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")},
    "merge_subtract": on_two(three[:2], lambda x, y: L.Subtract()([x, y])),
    "merge_broadcast": on_two([(4, 5), (1, 5)], lambda x, y: L.Add()([x, y])),
    "merge_ranks": on_two([(4, 5), (5,)], lambda x, y: L.Multiply()([x, y])),
    "concatenate": merged(L.Concatenate),
    "concatenate_axis": on_two([(4, 5), (2, 5)], lambda x, y: L.Concatenate(axis=1)([x, y])),
    **{
        f"merge_masked_{name.lower()}": merged_masks(getattr(L, name))
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    },
    "concatenate_masked_time": merged_masks(lambda: L.Concatenate(axis=1)),
    "flatten": on((3, 4, 2), L.Flatten()),
    "flatten_first": on((3, 4, 2), L.Flatten(data_format="channels_first")),
    "flatten_vector": on((3,), L.Flatten()),
    "reshape": on((3, 4), L.Reshape((2, -1))),
    "permute": on((3, 4, 2), L.Permute((3, 1, 2))),
    "identity": on((3, 4), L.Identity()),
    "zero_padding1d": on(line, L.ZeroPadding1D((1, 2))),
    "zero_padding2d": on(image, L.ZeroPadding2D(((1, 0), (2, 3)))),
    "zero_padding2d_first": on(image, L.ZeroPadding2D(2, data_format="channels_first")),
    "zero_padding3d": on(volume, L.ZeroPadding3D((1, 2, 0))),
    "cropping1d": on(line, L.Cropping1D((1, 2))),
    "cropping2d": on(image, L.Cropping2D(((1, 0), (2, 3)))),
    "cropping2d_first": on(image, L.Cropping2D(1, data_format="channels_first")),
    "cropping3d": on(volume, L.Cropping3D((1, 2, 0))),
    "up_sampling1d": on(line, L.UpSampling1D(3)),
    "up_sampling2d": on(image, L.UpSampling2D((2, 3))),
    "up_sampling2d_bilinear": on(image, L.UpSampling2D((2, 3), interpolation="bilinear")),
    "up_sampling2d_bicubic": on(image, L.UpSampling2D((3, 2), interpolation="bicubic")),
    "up_sampling2d_lanczos": on(image, L.UpSampling2D(2, interpolation="lanczos3")),
    "up_sampling2d_first": on(image, L.UpSampling2D(2, data_format="channels_first", interpolation="bilinear")),
    "up_sampling3d": on(volume, L.UpSampling3D((1, 2, 3))),
    **{
        f"resizing_{method}": resized((9, 8), height=13, width=5, interpolation=method)
        for method in ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5")
    },
    **{
        f"resizing_{method}_antialias": resized((19, 8), height=7, width=11, interpolation=method, antialias=True)
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    },
    "resizing_same": resized((9, 8), height=9, width=8),
    "resizing_crop": resized((9, 15), height=6, width=5, crop_to_aspect_ratio=True),
    "resizing_pad": resized((9, 16), height=6, width=5, pad_to_aspect_ratio=True, fill_value=2.5),
    "resizing_first": resized((9, 8), height=4, width=5, first=True),
    "center_crop": on(image, L.CenterCrop(4, 5)),
    "center_crop_small": on(image, L.CenterCrop(12, 5)),
    "rescaling": on(image, L.Rescaling(1 / 127.5, -1)),
    "rescaling_channels": on(image, L.Rescaling([0.5, 1, 2, 3], [1, 2, 3, 4])),
    "normalization_adapted": adapted(),
    "normalization_axes": adapted(axis=(1, 2)),
    "normalization_axis_one": adapted(axis=1),
    "normalization_whole": adapted(axis=None),
    "normalization_inverted": adapted(invert=True),
    "normalization_given": on((4, 3), L.Normalization(mean=[1.0, 2, 3], variance=[4.0, 1, 9])),
    "normalization_number": on((4, 3), L.Normalization(mean=1.5, variance=4.0, axis=None)),
    "normalization_broadcast": on((4, 3), L.Normalization(axis=(1, 2), mean=[1.0, 2, 3], variance=[4.0, 1, 9])),
    "batch_normalization": on(image, L.BatchNormalization()),
    "batch_normalization_bare": on(image, L.BatchNormalization(scale=False, center=False, epsilon=0.1)),
    "batch_normalization_axis": on(image, L.BatchNormalization(axis=1)),
    "layer_normalization": on((4, 5), L.LayerNormalization(), scale=3, shift=7),
    "layer_normalization_bare": on((4, 5), L.LayerNormalization(scale=False, center=False, epsilon=0.1)),
    "layer_normalization_axes": on((4, 5), L.LayerNormalization(axis=(1, 2))),
    "layer_normalization_axis": on((4, 5), L.LayerNormalization(axis=1)),
    "rms_normalization": on((4, 5), L.RMSNormalization()),
    "group_normalization": on((4, 3, 6), L.GroupNormalization(3)),
    "group_normalization_instance": on((4, 3, 6), L.GroupNormalization(-1, scale=False)),
    "group_normalization_layer": on((4, 3, 6), L.GroupNormalization(1, center=False)),
    "group_normalization_axis": on((4, 3, 6), L.GroupNormalization(2, axis=1)),
    "unit_normalization": on((4, 5), L.UnitNormalization()),
    "unit_normalization_axes": on((4, 5), L.UnitNormalization(axis=(1, 2))),
    "encoding_one_hot": encoded(L.CategoryEncoding(4, output_mode="one_hot"), 1),
    "encoding_one_hot_many": encoded(L.CategoryEncoding(4, output_mode="one_hot"), 3),
    "encoding_multi_hot": encoded(L.CategoryEncoding(4), 5),
    "encoding_count": encoded(L.CategoryEncoding(4, output_mode="count"), 5),
    "encoding_weights": counted,
    "discretization": on((5,), L.Discretization([-1.0, 0.0, 0.5])),
    "discretization_one_hot": on((1,), L.Discretization([-1.0, 0.5], output_mode="one_hot")),
    "discretization_count": on((5,), L.Discretization([-1.0, 0.5], output_mode="count")),
    **{
        f"training_only_{layer.__class__.__name__.lower()}": on(image, layer)
        for layer in (
            L.Dropout(0.5), L.SpatialDropout2D(0.5), L.GaussianNoise(1.0), L.GaussianDropout(0.5), L.AlphaDropout(0.5),
            L.ActivityRegularization(0.1), L.RandomFlip(), L.RandomRotation(0.2), L.RandomZoom(0.2),
            L.RandomTranslation(0.1, 0.1), L.RandomContrast(0.2),
        )
    },
    "nested": nested,
    "several": several,
}

SHAPES_ONLY = set()

