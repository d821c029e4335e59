"""Dense layers, convolutions, pooling and what goes with them."""

import keras
from keras import layers as L

from layer_models.making import on, on_tokens, on_two

image, line, volume = (9, 8, 4), (11, 4), (6, 5, 4, 2)

MODELS = {
    "dense": on((5,), L.Dense(7)),
    "dense_no_bias": on((5,), L.Dense(7, use_bias=False)),
    "dense_over_axes": on((3, 4, 5), L.Dense(2, activation="gelu")),
    "dense_open": on((None, 5), L.Dense(2)),
    "einsum": on((5, 6), L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d")),
    "einsum_heads": on((5, 6), L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="relu")),
    "einsum_two_axes": on((5, 2, 3), L.EinsumDense("abcd,cde->abe", (None, 4))),
    "einsum_whole_bias": on((5, 6), L.EinsumDense("abc,cd->abd", (5, 3), bias_axes="bd")),
    "einsum_time_bias": on((5, 6), L.EinsumDense("abc,cd->abd", (5, 3), bias_axes="b")),
    "einsum_ellipsis": on((5, 5, 6), L.EinsumDense("...x,xy->...y", 4, bias_axes="y")),
    "einsum_ellipsis_behind": on((6, 5, 2), L.EinsumDense("ab...,bc->ac...", 4, bias_axes="c")),
    "einsum_turned": on((5, 6), L.EinsumDense("abc,bd->adc", (3, None), bias_axes="d")),
    "embedding": on_tokens(6, L.Embedding(9, 4)),
    "reversible_embedding": on_tokens(6, lambda x: (e := L.ReversibleEmbedding(9, 4))(L.Dense(4)(e(x)), reverse=True)),
    "reversible_embedding_untied": on_tokens(
        6,
        lambda x: (e := L.ReversibleEmbedding(9, 4, tie_weights=False, logit_soft_cap=2.0))(
            L.Dense(4)(e(x)), reverse=True
        ),
    ),
    "conv1d": on(line, L.Conv1D(3, 3)),
    "conv1d_causal": on(line, L.Conv1D(3, 3, padding="causal", dilation_rate=2)),
    "conv1d_causal_strides": on(line, L.Conv1D(3, 4, padding="causal", strides=2)),
    "conv1d_same_strides": on(line, L.Conv1D(3, 4, padding="same", strides=3, activation="elu")),
    "conv1d_open": on((None, 4), L.Conv1D(3, 2, padding="same")),
    "conv2d": on(image, L.Conv2D(5, 3)),
    "conv2d_same": on(image, L.Conv2D(5, (3, 2), padding="same", activation="relu")),
    "conv2d_strides": on(image, L.Conv2D(5, 3, strides=(2, 3), padding="same", use_bias=False)),
    "conv2d_strides_valid": on(image, L.Conv2D(5, (2, 3), strides=2)),
    "conv2d_dilated": on(image, L.Conv2D(5, 3, dilation_rate=(2, 1))),
    "conv2d_dilated_same": on(image, L.Conv2D(5, 3, dilation_rate=2, padding="same")),
    "conv2d_groups": on(image, L.Conv2D(6, 3, groups=2)),
    "conv2d_groups_same": on(image, L.Conv2D(8, 3, groups=4, padding="same", strides=2)),
    "conv2d_pointwise": on(image, L.Conv2D(3, 1, strides=2)),
    "conv2d_first": on((4, 9, 8), L.Conv2D(5, 3, data_format="channels_first", padding="same", strides=2)),
    "conv3d": on(volume, L.Conv3D(3, 2)),
    "conv3d_same": on(volume, L.Conv3D(3, (2, 3, 1), padding="same", strides=(2, 1, 2))),
    "conv3d_groups": on(volume, L.Conv3D(4, 2, groups=2)),
    "depthwise1d": on(line, L.DepthwiseConv1D(3, depth_multiplier=2)),
    "depthwise1d_same": on(line, L.DepthwiseConv1D(3, padding="same", strides=2, use_bias=False)),
    "depthwise2d": on(image, L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu")),
    "depthwise2d_same": on(image, L.DepthwiseConv2D((2, 3), padding="same", strides=2)),
    "depthwise2d_dilated": on(image, L.DepthwiseConv2D(3, padding="same", dilation_rate=2)),
    "depthwise2d_first": on((4, 9, 8), L.DepthwiseConv2D(3, data_format="channels_first")),
    "separable1d": on(line, L.SeparableConv1D(5, 3, depth_multiplier=2)),
    "separable1d_same": on(line, L.SeparableConv1D(5, 4, padding="same", strides=2, use_bias=False)),
    "separable2d": on(image, L.SeparableConv2D(5, 3, activation="tanh")),
    "separable2d_same": on(image, L.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, strides=2)),
    "separable2d_dilated": on(image, L.SeparableConv2D(5, 3, padding="same", dilation_rate=2)),
    "transposed1d": on(line, L.Conv1DTranspose(3, 4, strides=2)),
    "transposed1d_same": on(line, L.Conv1DTranspose(3, 3, strides=3, padding="same")),
    "transposed1d_wide": on(line, L.Conv1DTranspose(3, 2, strides=3)),
    "transposed1d_dilated": on(line, L.Conv1DTranspose(3, 3, dilation_rate=2)),
    "transposed2d": on(image, L.Conv2DTranspose(3, 3, activation="relu")),
    "transposed2d_same": on(image, L.Conv2DTranspose(3, (4, 3), strides=2, padding="same", use_bias=False)),
    "transposed2d_same_narrow": on(image, L.Conv2DTranspose(3, 2, strides=3, padding="same")),
    "transposed2d_output_padding": on(image, L.Conv2DTranspose(3, 3, strides=(3, 2), output_padding=1)),
    "transposed2d_output_padding_same": on(
        image, L.Conv2DTranspose(3, 3, strides=(3, 2), padding="same", output_padding=(0, 1))
    ),
    "transposed2d_first": on((4, 9, 8), L.Conv2DTranspose(3, 3, strides=2, data_format="channels_first")),
    "transposed3d": on(volume, L.Conv3DTranspose(3, 2, strides=(2, 1, 2))),
    "transposed3d_same": on(volume, L.Conv3DTranspose(3, 3, strides=2, padding="same")),
    "max_pooling1d": on(line, L.MaxPooling1D(3, padding="same")),
    "max_pooling2d": on(image, L.MaxPooling2D((2, 3))),
    "max_pooling2d_same": on(image, L.MaxPooling2D(3, strides=2, padding="same"), shift=-9.0),
    "max_pooling2d_first": on(image, L.MaxPooling2D(2, data_format="channels_first")),
    "max_pooling3d": on(volume, L.MaxPooling3D(2)),
    "average_pooling1d": on(line, L.AveragePooling1D(3, strides=1)),
    "average_pooling2d": on(image, L.AveragePooling2D(2)),
    "average_pooling2d_same": on(image, L.AveragePooling2D((3, 4), strides=2, padding="same"), shift=9.0),
    "average_pooling3d": on(volume, L.AveragePooling3D(2, padding="same")),
    "global_max1d": on(line, L.GlobalMaxPooling1D(keepdims=True)),
    "global_max2d": on(image, L.GlobalMaxPooling2D()),
    "global_average1d": on(line, L.GlobalAveragePooling1D()),
    "global_average2d": on(image, L.GlobalAveragePooling2D(keepdims=True)),
    "global_average2d_first": on(image, L.GlobalAveragePooling2D(data_format="channels_first")),
    "global_average3d": on(volume, L.GlobalAveragePooling3D()),
    "global_average1d_open": on((None, 4), L.GlobalAveragePooling1D()),
    "adaptive_average1d": on(line, L.AdaptiveAveragePooling1D(4)),
    "adaptive_average2d": on(image, L.AdaptiveAveragePooling2D((3, 4))),
    "adaptive_average2d_whole": on(image, L.AdaptiveAveragePooling2D((3, 2))),
    "adaptive_max2d": on(image, L.AdaptiveMaxPooling2D((2, 3))),
    "adaptive_max3d": on(volume, L.AdaptiveMaxPooling3D((4, 2, 3))),
    "spectral_dense": on((5,), L.SpectralNormalization(L.Dense(3))),
    "spectral_conv": on(image, L.SpectralNormalization(L.Conv2D(3, 3, padding="same"))),
    "dot": on_two([(5,), (5,)], lambda x, y: L.Dot(axes=1)([x, y])),
    "dot_normalized": on_two([(4, 5), (3, 5)], lambda x, y: L.Dot(axes=2, normalize=True)([x, y])),
    "dot_mixed": on_two([(4, 5), (5, 3)], lambda x, y: L.Dot(axes=(2, 1))([x, y])),
    "dot_last": on_two([(2, 4, 5), (3, 5)], lambda x, y: L.Dot(axes=(-1, -1))([x, y])),
    "shared": on_two([(5,), (5,)], lambda x, y: (d := L.Dense(5, activation="tanh"))(d(x)) + d(y)),
}

# TensorFlow does not run these on a processor.
SHAPES_ONLY = {"conv2d_first", "depthwise2d_first", "transposed2d_first"}

assert keras.backend.image_data_format() == "channels_last"
