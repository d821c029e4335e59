"""Operation counts of whole networks against TensorFlow's profiler, and against formulas from Keras's shapes.

`formats/operations.md` tells the conventions of both in words; the terms here are where they differ."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import applications
from helpers import inspect

PRODUCTS = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)
# Functions that cost us nothing: what the profiler counts for each element. Those that it has no figure for are
# nothing there too.
ACTIVATIONS = {"softmax": 5, "silu": 2, "gelu": 4, "relu": 0, "relu6": 0, "sigmoid": 0, "linear": 0}


def size(tensor):
    return int(np.prod(tensor.shape[1:]))


def leaves(model):
    return [layer for layer in model._flatten_layers() if not isinstance(layer, keras.Model)]


def products(layer):
    """Products of a convolution or a matrix product: each output sums those of one filter."""
    kernel = layer.kernel
    filters = kernel.shape[-1] * (kernel.shape[-2] if isinstance(layer, layers.DepthwiseConv2D) else 1)
    return size(layer.output) * int(np.prod(kernel.shape)) // filters


def terms(layer):
    """What the profiler counts for a layer and we do not, by the reason."""
    kind = type(layer).__name__
    output = layer.output if isinstance(layer.output, list) else [layer.output]
    outputs = size(output[0])
    activation = getattr(layer, "activation", None)
    if activation is not None:
        yield "activation functions", ACTIVATIONS[activation.__name__] * outputs
    match kind:
        case "Conv2D" | "DepthwiseConv2D" | "Dense":
            # n products are n additions there, with the bias n + 1; here n - 1 and n.
            yield "first addition of a sum", outputs
        case "BatchNormalization":
            # Scale and shift come from the statistics anew in every pass: ε is added, the root of 2 taken, then
            # (where there is a gamma) · gamma, · mean, and beta minus that.
            yield "folding of statistics", (5 + layer.scale) * layer.gamma.shape[0]
        case "Normalization":
            yield "folding of statistics", int(np.prod(layer.mean.shape))
        case "Rescaling":
            yield "offset of 0", outputs * (np.size(layer.offset) == 1 and layer.offset == 0)
        case "LayerNormalization":
            # Over n elements: 9n + 4 there (n each for the mean, the mean of the squares, · gamma, · mean, + beta, · x
            # and the sum, 2n for squared differences; ε, a root of 2, a sign), 7n + 1 here.
            length = int(np.prod([layer.output.shape[axis] for axis in layer.axis]))
            yield "normalisation by the value's own statistics", outputs // length * (2 * length + 3)
        case "MaxPooling2D":
            yield "comparisons", outputs * int(np.prod(layer.pool_size))


def profiled(model):
    """Float operations by kind of TensorFlow's operations, for one example."""
    # Grouped convolutions are a compiled function of their own, in which the profiler sees nothing. Run eagerly it is
    # traced as part of the model.
    tf.config.run_functions_eagerly(True)
    try:
        function = tf.function(lambda x: model(x, training=False))
        concrete = function.get_concrete_function(tf.TensorSpec((1, *model.input_shape[1:]), "float32"))
    finally:
        tf.config.run_functions_eagerly(False)
    graph = convert_variables_to_constants_v2(concrete).graph
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    root = tf.compat.v1.profiler.profile(
        graph=graph, run_meta=tf.compat.v1.RunMetadata(), cmd="op", options=options)
    counts = {}

    def visit(node):
        counts[node.name] = node.float_ops
        for child in node.children:
            visit(child)

    visit(root)
    assert sum(counts.values()) == root.total_float_ops
    return counts


def make(name, folder):
    keras.utils.set_random_seed(1)
    # MobileNetV3 leaves the size of its images open where nothing is said.
    options = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
    model = getattr(keras.applications, name)(weights=None, **options)
    model.save(folder / "a.h5", include_optimizer=False)
    report = inspect(folder / "a.h5")
    assert not report["totals"].get("unknownLayers")
    return model, report


def slow(name):
    return pytest.mark.slow if applications.SIZES[name][1] else ()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=slow(name))
        for name in ("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "MobileNetV2", "ResNet50", "VGG16")
    ],
)
def test_profiler(name, tmp_path, record_property):
    model, report = make(name, tmp_path)
    totals = report["totals"]
    counts = profiled(model)

    # Products alone, the "MACs" of other tools: the profiler counts each as two operations.
    kinds = ("Conv2D", "DepthwiseConv2dNative", "MatMul")
    ours = [row for row in report["layers"] if row["kind"] in ("Conv2D", "DepthwiseConv2D", "Dense")]
    macs = sum(row["multiplications"] for row in ours)
    assert 2 * macs == sum(counts.get(kind, 0) for kind in kinds)

    difference = {}
    for layer in leaves(model):
        for reason, count in terms(layer):
            difference[reason] = difference.get(reason, 0) + int(count)
    record_property("operations", (name, macs, totals["flops"], sum(counts.values()), difference))
    assert totals["flops"] + sum(difference.values()) == sum(counts.values()), (difference, counts)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow(name)) for name in applications.SIZES])
def test_every_application_is_counted(name, tmp_path):
    model, report = make(name, tmp_path)
    rows = {}
    for row in report["layers"]:
        rows.setdefault(row["name"].split("/")[-1], []).append(row)
    assert all("multiplications" in row and "additions" in row for row in report["layers"])
    counted = 0
    for layer in leaves(model):
        if isinstance(layer, PRODUCTS):
            (row,) = rows[layer.name]
            assert row["multiplications"] == products(layer), layer.name
            additions = products(layer) - (0 if layer.use_bias else size(layer.output))
            assert row["additions"] == additions, layer.name
            counted += 1
    assert counted > 5
