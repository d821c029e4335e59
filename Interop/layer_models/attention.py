"""Attention of every kind, with every mask."""

from keras import layers as L
from keras import ops

from layer_models.making import on, on_tokens, on_two

pair = [(5, 8), (6, 8)]


def both(layer):
    """Query and value from tokens with masks."""

    def apply(x):
        embedded = L.Embedding(9, 8, mask_zero=True)(x)
        return layer()(embedded, L.Dense(8)(embedded))

    return on_tokens(6, apply)


def itself(layer, **options):
    return on((5, 8), lambda x: layer()(x, x, **options))


def heads(**options):
    return lambda: L.MultiHeadAttention(2, 3, **options)


def grouped(**options):
    return lambda: L.GroupQueryAttention(4, 4, 2, **options)


def listed(layer, **options):
    return on_two(pair, lambda x, y: layer()([x, y], **options))


MODELS = {
    "mha": itself(heads()),
    "mha_cross": on_two(pair, lambda x, y: heads()()(x, y)),
    "mha_key": on_two([*pair, (6, 5)], lambda x, y, z: heads()()(x, y, key=z)),
    "mha_value_dim": itself(heads(value_dim=5, use_bias=False)),
    "mha_output_shape": itself(heads(output_shape=7)),
    "mha_output_shape_two": itself(heads(output_shape=(3, 2))),
    "mha_gate": itself(heads(use_gate=True)),
    "mha_dropout": itself(heads(dropout=0.3)),
    "mha_window": itself(heads(sliding_window=2)),
    "mha_causal": itself(heads(), use_causal_mask=True),
    "mha_causal_cross": on_two(pair, lambda x, y: heads()()(x, y, use_causal_mask=True)),
    "mha_causal_open": on((None, 8), lambda x: heads()()(x, x, use_causal_mask=True)),
    "mha_scores": itself(heads(), return_attention_scores=True),
    "mha_mask": on((5, 8), lambda x: heads()()(x, x, attention_mask=ops.matmul(x, ops.transpose(x, (0, 2, 1))) > 0)),
    "mha_masked": both(heads()),
    "mha_masked_causal": on_tokens(
        6, lambda x: heads()()(e := L.Embedding(9, 8, mask_zero=True)(x), e, use_causal_mask=True)
    ),
    "mha_masked_scores": on_tokens(
        6, lambda x: heads()()(e := L.Embedding(9, 8, mask_zero=True)(x), e, return_attention_scores=True)
    ),
    "mha_masked_then_pooled": on_tokens(
        6,
        lambda x: L.GlobalAveragePooling1D()(
            L.LayerNormalization()(L.Add()([e := L.Embedding(9, 8, mask_zero=True)(x), heads()()(e, e)]))
        ),
    ),
    "mha_masked_pooled": on_tokens(
        6, lambda x: L.GlobalAveragePooling1D()(heads()()(e := L.Embedding(9, 8, mask_zero=True)(x), e))
    ),
    "mha_two_axes": on((3, 4, 8), lambda x: heads(attention_axes=(1, 2))()(x, x)),
    "mha_one_of_two_axes": on((3, 4, 8), lambda x: heads(attention_axes=2)()(x, x)),
    "mha_all_axes": on((3, 4, 8), lambda x: heads()()(x, x)),
    "gqa": itself(grouped()),
    "gqa_cross": on_two(pair, lambda x, y: grouped()()(x, y)),
    "gqa_one": on((5, 8), lambda x: L.GroupQueryAttention(4, 3, 1, use_bias=False)(x, x)),
    "gqa_gate": itself(grouped(use_gate=True)),
    "gqa_window": itself(grouped(sliding_window=2), use_causal_mask=True),
    "gqa_scores": itself(grouped(), return_attention_scores=True),
    "gqa_masked": both(grouped()),
    "gqa_mask": on((5, 8), lambda x: grouped()()(x, x, attention_mask=ops.matmul(x, ops.transpose(x, (0, 2, 1))) > 0)),
    "attention": listed(L.Attention),
    "attention_scaled": listed(lambda: L.Attention(use_scale=True, dropout=0.4)),
    "attention_concat": listed(lambda: L.Attention(score_mode="concat")),
    "attention_concat_scaled": listed(lambda: L.Attention(score_mode="concat", use_scale=True)),
    "attention_causal": listed(L.Attention, use_causal_mask=True),
    "attention_key": on_two([(5, 8), (6, 3), (6, 8)], lambda x, y, z: L.Attention()([x, y, z])),
    "attention_scores": listed(L.Attention, return_attention_scores=True),
    "attention_masked": on_tokens(
        6, lambda x: L.GlobalAveragePooling1D()(L.Attention()([e := L.Embedding(9, 8, mask_zero=True)(x), e]))
    ),
    "attention_masks_given": on_two(
        pair, lambda x, y: L.Attention()([x, y], mask=[x[:, :, 0] > 0, y[:, :, 1] > -0.5])
    ),
    "additive": listed(L.AdditiveAttention),
    "additive_unscaled": listed(lambda: L.AdditiveAttention(use_scale=False)),
    "additive_causal": listed(L.AdditiveAttention, use_causal_mask=True),
    "additive_masked": on_tokens(6, lambda x: L.AdditiveAttention()([e := L.Embedding(9, 8, mask_zero=True)(x), e])),
    "transformer": on(
        (6, 8),
        lambda x: L.LayerNormalization()(
            L.Add()([y := L.LayerNormalization()(L.Add()([x, heads()()(x, x)])), L.Dense(8)(L.Dense(9, "gelu")(y))])
        ),
    ),
}

SHAPES_ONLY = set()
