"""`--layout`: weights of Keras loaded by PyTorch and the other way round compute the same."""

import helpers
import keras
import numpy as np
import pytest
import safetensors.torch
import tf_keras
import torch
from keras import layers
from torch import nn


class Recurrent(nn.Module):
    """The sequence of hidden states alone."""

    def __init__(self, kind, *sizes, **options):
        super().__init__()
        self.add_module("cell", kind(*sizes, batch_first=True, **options))

    def forward(self, x):
        return self.cell(x)[0]


def pair(name):
    """A model of Keras and the like of it in PyTorch, names alike, and the shape of an example."""
    if name == "mlp":
        model = [layers.Input((12,)), layers.Dense(9, "relu", name="fc1"), layers.Dense(4, name="fc2")]
        return model, [("fc1", nn.Linear(12, 9)), ("relu", nn.ReLU()), ("fc2", nn.Linear(9, 4))], (12,)
    if name == "cnn":
        model = [
            layers.Input((10, 8, 3)), layers.Conv2D(6, 3, name="conv1"), layers.BatchNormalization(name="bn", epsilon=1e-5),
            layers.ReLU(), layers.DepthwiseConv2D(3, depth_multiplier=2, name="dw"), layers.Flatten(), layers.Dropout(0.5),
            layers.Dense(5, name="fc"),
        ]
        twin = [
            ("conv1", nn.Conv2d(3, 6, 3)), ("bn", nn.BatchNorm2d(6)), ("relu", nn.ReLU()),
            ("dw", nn.Conv2d(6, 12, 3, groups=6)), ("flat", nn.Flatten()), ("fc", nn.Linear(12 * 6 * 4, 5)),
        ]
        return model, twin, (10, 8, 3)
    if name == "flat-bn":
        model = [
            layers.Input((4, 3, 2)), layers.Flatten(), layers.BatchNormalization(name="bn", epsilon=1e-5),
            layers.Dense(5, name="fc"),
        ]
        return model, [("flat", nn.Flatten()), ("bn", nn.BatchNorm1d(24)), ("fc", nn.Linear(24, 5))], (4, 3, 2)
    if name == "transposed":
        model = [layers.Input((5, 4, 3)), layers.Conv2DTranspose(6, 3, strides=2, name="up")]
        return model, [("up", nn.ConvTranspose2d(3, 6, 3, stride=2))], (5, 4, 3)
    if name == "conv1d":
        model = [layers.Input((9, 3)), layers.Conv1D(4, 3, name="c"), layers.Flatten(), layers.Dense(2, name="fc")]
        return model, [("c", nn.Conv1d(3, 4, 3)), ("flat", nn.Flatten()), ("fc", nn.Linear(28, 2))], (9, 3)
    if name == "grouped":
        model = [layers.Input((6, 6, 4)), layers.Conv2D(8, 3, groups=2, name="g")]
        return model, [("g", nn.Conv2d(4, 8, 3, groups=2))], (6, 6, 4)
    if name == "norm":
        model = [layers.Input((7,)), layers.LayerNormalization(name="ln", epsilon=1e-5), layers.Dense(3, name="fc")]
        return model, [("ln", nn.LayerNorm(7)), ("fc", nn.Linear(7, 3))], (7,)
    raise KeyError(name)


def randomize(model):
    random = np.random.default_rng(5)
    model.set_weights([random.uniform(0.2, 1.0, w.shape).astype("f4") for w in model.get_weights()])


def channels_first(x):
    return np.moveaxis(x, -1, 1) if x.ndim > 2 else x


IMAGES = ["mlp", "cnn", "flat-bn", "transposed", "conv1d", "grouped", "norm"]


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_keras_to_pytorch(tmp_path, name, ending):
    stack, twin, shape = pair(name)
    model = keras.Sequential(stack)
    randomize(model)
    model.save(tmp_path / f"model{ending}")
    helpers.convert(tmp_path / f"model{ending}", tmp_path / "out.safetensors", "--layout", "pytorch", "--strict")
    net = nn.Sequential()
    for part, module in twin:
        net.add_module(part, module)
    net.load_state_dict(safetensors.torch.load_file(tmp_path / "out.safetensors"))
    net.eval()
    x = np.random.default_rng(1).standard_normal((3, *shape)).astype("f4")
    expected = model.predict(x, verbose=0)
    found = net(torch.from_numpy(np.ascontiguousarray(channels_first(x)))).detach().numpy()
    np.testing.assert_allclose(found, channels_first(expected), rtol=2e-4, atol=2e-4)


RECURRENT = {
    "lstm": (lambda: layers.LSTM(4, return_sequences=True, name="cell"), nn.LSTM, {}),
    "gru": (lambda: layers.GRU(4, return_sequences=True, name="cell"), nn.GRU, {}),
    "rnn": (lambda: layers.SimpleRNN(4, return_sequences=True, name="cell"), nn.RNN, {}),
    "both": (
        lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="cell"), nn.LSTM, {"bidirectional": True}
    ),
}


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_layers_there_and_back(tmp_path, name):
    make, kind, options = RECURRENT[name]
    model = keras.Sequential([layers.Input((6, 3)), make()])
    randomize(model)
    model.save(tmp_path / "model.keras")
    helpers.convert(tmp_path / "model.keras", tmp_path / "out.safetensors", "--layout", "pytorch", "--strict")
    net = Recurrent(kind, 3, 4, **options)
    net.load_state_dict(safetensors.torch.load_file(tmp_path / "out.safetensors"))
    x = np.random.default_rng(1).standard_normal((3, 6, 3)).astype("f4")
    expected = model.predict(x, verbose=0)
    np.testing.assert_allclose(net(torch.from_numpy(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    safetensors.torch.save_file(net.state_dict(), tmp_path / "torch.safetensors")
    helpers.convert(tmp_path / "torch.safetensors", tmp_path / "back.h5", "--layout", "keras", "--strict")
    fresh = keras.Sequential([layers.Input((6, 3)), make()])
    fresh.load_weights(tmp_path / "back.h5", by_name=True)
    np.testing.assert_allclose(fresh.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("name", ["mlp", "transposed", "grouped", "norm", "flat"])
@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_pytorch_to_keras(tmp_path, library, name, ending):
    if name == "flat":
        twin = [("conv1", nn.Conv2d(1, 6, 3)), ("bn", nn.BatchNorm2d(6)), ("flat", nn.Flatten()), ("fc", nn.Linear(6 * 6 * 4, 5))]
        shape = (8, 6, 1)
    else:
        _, twin, shape = pair(name)
    net = nn.Sequential()
    for part, module in twin:
        net.add_module(part, module)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(0.2, 1)
    net.eval()
    if ending == ".pt":
        torch.save(net.state_dict(), tmp_path / "in.pt")
    else:
        safetensors.torch.save_file(net.state_dict(), tmp_path / "in.safetensors")
    helpers.convert(tmp_path / f"in{ending}", tmp_path / "out.h5", "--layout", "keras", "--strict")
    kit = library.layers
    stack = {
        "mlp": lambda: [kit.Dense(9, "relu", name="fc1"), kit.Dense(4, name="fc2")],
        "transposed": lambda: [kit.Conv2DTranspose(6, 3, strides=2, name="up")],
        "grouped": lambda: [kit.Conv2D(8, 3, groups=2, name="g")],
        "norm": lambda: [kit.LayerNormalization(name="ln", epsilon=1e-5), kit.Dense(3, name="fc")],
        "flat": lambda: [
            kit.Conv2D(6, 3, name="conv1"), kit.BatchNormalization(name="bn", epsilon=1e-5), kit.Permute((3, 1, 2)),
            kit.Flatten(), kit.Dense(5, name="fc"),
        ],
    }[name]()
    model = library.Sequential([kit.Input(shape), *stack])
    randomize(model)
    model.load_weights(str(tmp_path / "out.h5"), by_name=True)
    x = np.random.default_rng(1).standard_normal((3, *shape)).astype("f4")
    expected = net(torch.from_numpy(np.ascontiguousarray(channels_first(x)))).detach().numpy()
    np.testing.assert_allclose(channels_first(model.predict(x, verbose=0)), expected, rtol=2e-4, atol=2e-4)


def test_attention(tmp_path):
    query = keras.Input((5, 8))
    value = keras.Input((7, 8))
    model = keras.Model([query, value], layers.MultiHeadAttention(2, 4, name="mha")(query, value))
    randomize(model)
    model.save(tmp_path / "model.keras")
    helpers.convert(tmp_path / "model.keras", tmp_path / "out.safetensors", "--layout", "pytorch", "--strict")
    net = nn.MultiheadAttention(8, 2, batch_first=True)
    state = safetensors.torch.load_file(tmp_path / "out.safetensors")
    net.load_state_dict({name.removeprefix("mha."): tensor for name, tensor in state.items()})
    random = np.random.default_rng(1)
    q, v = (random.standard_normal((3, n, 8)).astype("f4") for n in (5, 7))
    found = net(*(torch.from_numpy(x) for x in (q, v, v)))[0].detach().numpy()
    np.testing.assert_allclose(found, model.predict([q, v], verbose=0), rtol=1e-5, atol=1e-5)


def test_embedding_there_and_back(tmp_path):
    net = nn.Sequential()
    net.add_module("embed", nn.Embedding(6, 4))
    net.add_module("fc", nn.Linear(4, 3))
    safetensors.torch.save_file(net.state_dict(), tmp_path / "in.safetensors")
    helpers.convert(tmp_path / "in.safetensors", tmp_path / "out.h5", "--layout", "keras", "--strict")
    model = keras.Sequential([layers.Input((5,)), layers.Embedding(6, 4, name="embed"), layers.Dense(3, name="fc")])
    model.load_weights(tmp_path / "out.h5", by_name=True)
    x = np.arange(5)[None]
    np.testing.assert_allclose(model.predict(x, verbose=0), net(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["mlp", "conv"])
def test_onnx_to_keras(tmp_path, name):
    """Gemm may have its weights either way: the graph tells."""
    import onnx
    from onnx import helper, numpy_helper

    random = np.random.default_rng(2)
    weights = {"a.weight": random.standard_normal((5, 4)).astype("f4"), "b.weight": random.standard_normal((5, 3)).astype("f4")}
    nodes = [helper.make_node("Gemm", ["x", "a.weight"], ["h"], transB=1), helper.make_node("MatMul", ["h", "b.weight"], ["y"])]
    shape = ["n", 4]
    if name == "conv":
        weights = {"a.weight": random.standard_normal((5, 4, 3, 3)).astype("f4")}
        nodes = [helper.make_node("Conv", ["x", "a.weight"], ["y"])]
        shape = ["n", 4, 6, 6]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", 1, shape)], [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    onnx.save(helper.make_model(graph), tmp_path / "in.onnx")
    helpers.convert(tmp_path / "in.onnx", tmp_path / "out.h5", "--layout", "keras", "--strict")
    if name == "mlp":
        assert helpers.read(tmp_path / "out.h5", "a/a/kernel:0").tolist() == weights["a.weight"].T.tolist()
        assert helpers.read(tmp_path / "out.h5", "b/b/kernel:0").tolist() == weights["b.weight"].tolist()
    else:
        expected = weights["a.weight"].transpose(2, 3, 1, 0)
        assert helpers.read(tmp_path / "out.h5", "a/a/kernel:0").tolist() == expected.tolist()
