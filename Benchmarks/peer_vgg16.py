"""VGG16 as a graph for ONNX Runtime, written node by node: the exporter takes more memory than a small machine has."""

import h5py
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

BLOCKS = [("block1", 2), ("block2", 2), ("block3", 3), ("block4", 3), ("block5", 3)]


def weights(group):
    found = {}
    group.visititems(
        lambda name, item: found.__setitem__(name.rsplit("/", 1)[-1], item[()]) if isinstance(item, h5py.Dataset) else None)
    return found["kernel"], found["bias"]


def write(model_path, graph_path):
    constants, nodes, last = [], [helper.make_node("Transpose", ["input"], ["image"], perm=[0, 3, 1, 2])], "image"

    def push(kind, inputs, output, **attributes):
        nonlocal last
        nodes.append(helper.make_node(kind, [last, *inputs], [output], **attributes))
        last = output

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    with h5py.File(model_path, "r") as file:
        layers = file["model_weights"]
        for block, count in BLOCKS:
            for name in (f"{block}_conv{number + 1}" for number in range(count)):
                kernel, bias = weights(layers[name])
                parameters = [constant(f"{name}_k", kernel.transpose(3, 2, 0, 1)), constant(f"{name}_b", bias)]
                push("Conv", parameters, f"{name}_c", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
                push("Relu", [], name)
            push("MaxPool", [], f"{block}_pool", kernel_shape=[2, 2], strides=[2, 2])
        push("Transpose", [], "last", perm=[0, 2, 3, 1])
        push("Flatten", [], "flat")
        for name, function in (("fc1", "Relu"), ("fc2", "Relu"), ("predictions", "Softmax")):
            kernel, bias = weights(layers[name])
            push("Gemm", [constant(f"{name}_k", kernel), constant(f"{name}_b", bias)], f"{name}_g")
            push(function, [], name)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "vgg16", [value("input", TensorProto.FLOAT, ["n", 224, 224, 3])],
        [value(last, TensorProto.FLOAT, ["n", 1000])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, graph_path)
