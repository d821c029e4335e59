"""Recurrent layers, their wrappers, and masks over time."""

import keras
from keras import layers as L

from layer_models.making import fresh, on, on_tokens, on_two

steps = (6, 4)
frames = (4, 5, 6, 2)


def masked(layer):
    return on_tokens(6, lambda x: fresh(layer)(L.Embedding(9, 4, mask_zero=True)(x)))


def with_states(layer, count):
    """Called with states that come from another input."""

    def apply(x, y):
        states = [L.Dense(3)(y) for _ in range(count)]
        return fresh(layer)(x, initial_state=states)

    return on_two([steps, (5,)], apply)


def inner():
    return keras.Sequential([L.Input((4,)), L.Dense(3, activation="relu"), L.BatchNormalization(), L.Dense(2)])


def inner_functional():
    x = L.Input((4, 2))
    return keras.Model(x, L.Add()([L.Dense(2)(x), x]))


MODELS = {
    "simple_rnn": on(steps, L.SimpleRNN(3)),
    "simple_rnn_relu": on(steps, L.SimpleRNN(3, activation="relu", use_bias=False, return_sequences=True)),
    "simple_rnn_backwards": on(steps, L.SimpleRNN(3, go_backwards=True, return_sequences=True)),
    "simple_rnn_states": on(steps, L.SimpleRNN(3, return_state=True)),
    "lstm": on(steps, L.LSTM(3)),
    "lstm_sequences": on(steps, L.LSTM(3, return_sequences=True, return_state=True)),
    "lstm_no_bias": on(steps, L.LSTM(3, use_bias=False, recurrent_activation="hard_sigmoid", activation="softsign")),
    "lstm_backwards": on(steps, L.LSTM(3, go_backwards=True, return_sequences=True)),
    "lstm_unrolled": on(steps, L.LSTM(3, unroll=True)),
    "lstm_linear": on(steps, L.LSTM(3, activation=None)),
    "lstm_open": on((None, 4), L.LSTM(3)),
    "gru": on(steps, L.GRU(3)),
    "gru_reset_before": on(steps, L.GRU(3, reset_after=False, return_sequences=True)),
    "gru_no_bias": on(steps, L.GRU(3, use_bias=False, return_state=True)),
    "gru_backwards": on(steps, L.GRU(3, go_backwards=True)),
    "gru_relu": on(steps, L.GRU(3, activation="relu", recurrent_activation="tanh")),
    "simple_rnn_begins": with_states(L.SimpleRNN(3), 1),
    "lstm_begins": with_states(L.LSTM(3, return_sequences=True), 2),
    "gru_begins": with_states(L.GRU(3), 1),
    "encoder_decoder": on_two(
        [steps, (5, 4)],
        lambda x, y: L.LSTM(3, return_sequences=True)(y, initial_state=L.LSTM(3, return_state=True)(x)[1:]),
    ),
    "lstm_masked": masked(L.LSTM(3)),
    "lstm_masked_sequences": masked(L.LSTM(3, return_sequences=True)),
    "lstm_masked_zeros": masked(L.LSTM(3, return_sequences=True, zero_output_for_mask=True)),
    "lstm_masked_last_zero": masked(L.LSTM(3, zero_output_for_mask=True)),
    "lstm_masked_backwards": masked(L.LSTM(3, return_sequences=True, go_backwards=True, return_state=True)),
    "gru_masked": masked(L.GRU(3, return_sequences=True)),
    "simple_rnn_masked": masked(L.SimpleRNN(3, return_state=True)),
    "rnn_masked_chain": masked(lambda x: L.LSTM(2)(L.Dense(3)(L.Dropout(0.3)(L.GRU(3, return_sequences=True)(x))))),
    "masking": on(steps, lambda x: L.LSTM(3)(L.Masking(0.5)(L.Rescaling(0.0, 0.5)(x)))),
    "masking_values": on(steps, lambda x: L.Masking(0.0)(L.ReLU()(x)), shift=-1.0),
    "mask_argument": on(steps, lambda x: L.LSTM(3, return_sequences=True)(x, mask=x[:, :, 0] > 0)),
    "global_average_masked": masked(L.GlobalAveragePooling1D()),
    "bidirectional": on(steps, L.Bidirectional(L.LSTM(3))),
    "bidirectional_sequences": on(steps, L.Bidirectional(L.GRU(3, return_sequences=True))),
    "bidirectional_sum": on(steps, L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum")),
    "bidirectional_mul": on(steps, L.Bidirectional(L.SimpleRNN(3), merge_mode="mul")),
    "bidirectional_ave": on(steps, L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="ave")),
    "bidirectional_apart": on(steps, L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode=None)),
    "bidirectional_states": on(steps, L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True))),
    "bidirectional_open": on((None, 4), L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidirectional_masked": masked(L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidirectional_masked_last": masked(L.Bidirectional(L.GRU(3))),
    "bidirectional_other": on(
        steps,
        L.Bidirectional(
            L.LSTM(3, return_sequences=True), backward_layer=L.GRU(3, return_sequences=True, go_backwards=True)
        ),
    ),
    "bidirectional_begins": on_two(
        [steps, (5,)],
        lambda x, y: L.Bidirectional(L.GRU(3))(x, initial_state=[L.Dense(3)(y), L.Dense(3)(y)]),
    ),
    "rnn_lstm_cell": on(steps, L.RNN(L.LSTMCell(3), return_sequences=True)),
    "rnn_gru_cell": on(steps, L.RNN(L.GRUCell(3, reset_after=False), return_state=True)),
    "rnn_simple_cell": on(steps, L.RNN(L.SimpleRNNCell(3))),
    "rnn_stack": on(steps, L.RNN([L.LSTMCell(3), L.LSTMCell(2), L.GRUCell(4)], return_sequences=True)),
    "rnn_stack_alike": on((6, 3), L.RNN([L.LSTMCell(3), L.LSTMCell(3)], return_sequences=True)),
    "rnn_stack_states": on(steps, L.RNN([L.LSTMCell(3), L.SimpleRNNCell(2)], return_state=True)),
    "rnn_stack_backwards": on(steps, L.RNN([L.GRUCell(3), L.GRUCell(2)], go_backwards=True, return_sequences=True)),
    "rnn_stack_masked": masked(L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)),
    "bidirectional_stack": on(steps, L.Bidirectional(L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True))),
    "time_distributed": on((5, 4), L.TimeDistributed(L.Dense(3, activation="relu"))),
    "time_distributed_conv": on((3, 7, 6, 2), L.TimeDistributed(L.Conv2D(4, 3, strides=2))),
    "time_distributed_lstm": on((3, 5, 4), L.TimeDistributed(L.LSTM(2))),
    "time_distributed_nested": on((2, 3, 4, 5), L.TimeDistributed(L.TimeDistributed(L.LSTM(2, return_sequences=True)))),
    "time_distributed_model": on((3, 4), L.TimeDistributed(inner())),
    "time_distributed_functional": on((3, 4, 2), L.TimeDistributed(inner_functional())),
    "time_distributed_open": on((None, 4), L.TimeDistributed(L.Dense(3))),
    "conv_lstm1d": on((4, 6, 2), L.ConvLSTM1D(3, 3)),
    "conv_lstm1d_same": on((4, 6, 2), L.ConvLSTM1D(3, 2, padding="same", strides=2, return_sequences=True)),
    "conv_lstm2d": on(frames, L.ConvLSTM2D(3, 2, return_state=True)),
    "conv_lstm2d_same": on(frames, L.ConvLSTM2D(3, (3, 2), padding="same", return_sequences=True, use_bias=False)),
    "conv_lstm2d_backwards": on(frames, L.ConvLSTM2D(2, 2, go_backwards=True, recurrent_activation="sigmoid")),
    "conv_lstm2d_dilated": on(frames, L.ConvLSTM2D(2, 2, dilation_rate=2)),
    "conv_lstm3d": on((3, 4, 3, 3, 2), L.ConvLSTM3D(2, 2)),
    "bidirectional_conv_lstm": on(frames, L.Bidirectional(L.ConvLSTM2D(2, 2, return_sequences=True))),
    "repeat_vector": on((4,), L.RepeatVector(3)),
    "tagger": masked(lambda x: L.TimeDistributed(L.Dense(4, activation="softmax"))(L.LSTM(5, return_sequences=True)(x))),
}

SHAPES_ONLY = set()
