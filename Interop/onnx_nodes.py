"""The tests of single operators that come with ONNX, as models that the command runs.

Those tests give a node all that it takes as inputs, and know of no examples. Here one or more of the inputs stay inputs, and
the rest become initialisers, as in exported models; and one axis of each input is that of the examples: it is
first in the model's input, and a Transpose takes it to its place.
"""

import itertools
import warnings

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

# Inputs that are weights, shapes and the like, by operator: these are initialisers in each model. Others may be either.
STORED = {
    "Conv": {1, 2}, "ConvTranspose": {1, 2}, "Gemm": {1, 2}, "LSTM": {1, 2, 3, 4, 7}, "GRU": {1, 2, 3, 4},
    "RNN": {1, 2, 3, 4}, "BatchNormalization": {1, 2, 3, 4}, "LayerNormalization": {1, 2}, "RMSNormalization": {1},
    "InstanceNormalization": {1, 2}, "GroupNormalization": {1, 2}, "Resize": {1, 2, 3}, "Upsample": {1},
    "Pad": {1, 2, 3}, "Slice": {1, 2, 3, 4}, "Split": {1}, "Squeeze": {1}, "Unsqueeze": {1}, "Reshape": {1},
    "Expand": {1}, "Tile": {1}, "Clip": {1, 2}, "Trilu": {1}, "Dropout": {1, 2},
}  # fmt: skip


def cases(operators):
    """The tests of nodes of these operators of the standard domain, on numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    for case in found:
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in operators or nodes[0].domain not in ("", "ai.onnx"):
            continue
        inputs, outputs = case.data_sets[0]
        if not all(_is_plain(array) for array in (*inputs, *outputs)):
            continue
        yield case


def _is_plain(array):
    return isinstance(array, (np.ndarray, np.generic)) and np.asarray(array).dtype.kind in "fiub"


def variants(case):
    """Models of one test: each with the arrays of its inputs, examples first, and the outputs."""
    graph = case.model.graph
    arrays, outputs = case.data_sets[0]
    node = graph.node[0]
    names = [value.name for value in graph.input]
    values = dict(zip(names, (np.asarray(array) for array in arrays)))
    places = {name: index for index, name in enumerate(node.input)}
    reducing = node.op_type.startswith("Reduce")
    stored = {name for name in names if places[name] in STORED.get(node.op_type, {1} if reducing else set())}
    open_names = [name for name in names if name not in stored and values[name].ndim > 0]
    choices = [open_names] + [[name] for name in open_names if len(open_names) > 1]
    for chosen in choices:
        if not chosen:
            continue
        depth = min(values[name].ndim for name in chosen)
        for from_end in range(depth, 0, -1):
            count = {values[name].shape[-from_end] for name in chosen}
            if len(count) == 1 and 0 not in count:
                yield _model(case, chosen, from_end, values), _arrays(chosen, from_end, values), outputs


def _arrays(chosen, from_end, values):
    return {f"{name}.in": np.moveaxis(values[name], -from_end, 0) for name in chosen}


def _model(case, chosen, from_end, values):
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    del graph.input[:]
    nodes = []
    for name, array in values.items():
        if name not in chosen:
            graph.initializer.append(numpy_helper.from_array(array, name))
            continue
        axis = array.ndim - from_end
        shape = list(np.moveaxis(array, axis, 0).shape)
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        graph.input.append(helper.make_tensor_value_info(f"{name}.in", kind, ["examples", *shape[1:]]))
        order = [index + 1 if index < axis else 0 if index == axis else index for index in range(array.ndim)]
        nodes.append(helper.make_node("Transpose", [f"{name}.in"], [name], f"{name}.order", perm=order))
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def difference(expected, found):
    """How far an output lies from what it should be, with the examples first; None where it has another shape."""
    expected = np.asarray(expected)
    best = None
    for axis in range(expected.ndim):
        moved = np.moveaxis(expected, axis, 0)
        if moved.shape != found.shape:
            continue
        a, b = moved.astype("f8"), found.astype("f8")
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            distance = np.where(same, 0, np.abs(a - b))
        finite = np.abs(a[np.isfinite(a)])
        scale = max(finite.max(initial=0), 1)
        worst = float(np.max(distance, initial=0)) / scale
        worst = worst if np.isfinite(worst) else np.inf
        best = worst if best is None else min(best, worst)
    return best
