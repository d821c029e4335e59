"""ONNX: what is written loads in ONNX Runtime with the graph untouched, and networks compute what it computes; single
operators are those of the tests that come with ONNX."""

import re

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import helpers
import onnx_nodes

FIXTURES = helpers.FIXTURES / "onnx"
NETWORKS = ["resnet", "mobilenet", "decoder", "lstm", "gru", "rnn", "encoder"]

# The operators that formats/onnx.md claims.
OPERATORS = set()
for line in (helpers.ROOT / "formats/onnx.md").read_text().split("Understood, of")[1].split("Not understood")[0].split("\n"):
    OPERATORS |= set(re.findall(r"`(\w+)`", line))

# What those tests hold that no exporter and no other runtime does.
EXCEPTIONS = {
    "test_resize_downsample_scales_linear_align_corners": "scales by extents that are no integers, as no runtime does",
    "test_resize_downsample_scales_cubic_align_corners": "scales by extents that are no integers, as no runtime does",
    "test_reduce_max_empty_set_bool": "the largest of no truth values",
}


def tensors(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def graph(model):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.initializer[:]
    return copy


def answers(path, inputs):
    return onnxruntime.InferenceSession(path).run(None, inputs)


def ports(path):
    session = onnxruntime.InferenceSession(path)
    return [x.name for x in session.get_inputs()], [x.name for x in session.get_outputs()]


def run(path, inputs, folder):
    """What the command computes: arrays by the names of the outputs."""
    options = []
    for index, (name, array) in enumerate(inputs.items()):
        np.save(folder / f"{index}.npy", array)
        options += ["--input", f"{name}={folder / f'{index}.npy'}"]
    helpers.sparsify("run", path, *options, "--output", folder / "out.npz", "--force")
    with np.load(folder / "out.npz") as file:
        return dict(file)


@pytest.fixture(params=NETWORKS)
def network(request):
    path = FIXTURES / f"{request.param}.onnx"
    with np.load(FIXTURES / f"{request.param}.npz") as file:
        return path, {name: file[name] for name in ports(path)[0]}


def test_there_and_back(network, tmp_path):
    path, inputs = network
    helpers.convert(path, tmp_path / "x.spm")
    back = helpers.convert(tmp_path / "x.spm", tmp_path / "x.onnx")
    before, after = onnx.load(path), onnx.load(back)
    assert graph(before) == graph(after)
    assert list(tensors(before)) == list(tensors(after))
    for name, array in tensors(before).items():
        assert array.tobytes() == tensors(after)[name].tobytes(), name
    for a, b in zip(answers(path, inputs), answers(back, inputs)):
        np.testing.assert_array_equal(a, b)


def test_pruned_in_place(network, tmp_path):
    path, inputs = network
    report = helpers.prune(path, tmp_path / "x.onnx", 0.8)
    before, after = onnx.load(path), onnx.load(tmp_path / "x.onnx")
    onnx.checker.check_model(after)
    assert graph(before) == graph(after)
    names = helpers.prunable_names(path)
    old, new = tensors(before), tensors(after)
    masks = dict(zip(names, helpers.expected_masks([old[name] for name in names], 0.8)))
    assert sum(np.count_nonzero(~mask) for mask in masks.values()) == round(0.8 * sum(m.size for m in masks.values()))
    for name in old:
        expected = np.where(masks[name], old[name], 0) if name in masks else old[name]
        np.testing.assert_array_equal(new[name], expected, err_msg=name)
    assert report["tensors"]
    found = run(tmp_path / "x.onnx", inputs, tmp_path)
    for name, expected in zip(ports(path)[1], answers(tmp_path / "x.onnx", inputs)):
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-4 * max(np.abs(expected).max(), 1e-3))


def test_sparse_initialisers_give_the_same_results(tmp_path):
    network = helpers.FIXTURES / "onnx/resnet.onnx"
    helpers.prune(network, tmp_path / "dense.onnx", 0.9)
    helpers.prune(network, tmp_path / "sparse.onnx", 0.9, "--sparse-initializers")
    onnx.checker.check_model(tmp_path / "sparse.onnx")
    assert len(onnx.load(tmp_path / "sparse.onnx").graph.sparse_initializer) > 0
    assert (tmp_path / "sparse.onnx").stat().st_size < (tmp_path / "dense.onnx").stat().st_size
    results = []
    for name in ("dense.onnx", "sparse.onnx"):
        session = onnxruntime.InferenceSession(tmp_path / name)
        inputs = {x.name: np.ones([n if isinstance(n, int) else 2 for n in x.shape], "f4") for x in session.get_inputs()}
        results.append(session.run(None, inputs)[0])
    assert np.array_equal(*results)


def test_large_models_lie_in_two_files(tmp_path):
    """Above two gigabytes a message is none; external data are read whoever wrote them."""
    rng = np.random.default_rng(0)
    weight = numpy_helper.from_array(rng.normal(size=(64, 64)).astype("f4"), "w")
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 64]) for name in "xy")
    model = helper.make_model(
        helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"], "layer")], "g", [x], [y], [weight]),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )  # fmt: skip
    onnx.save(model, tmp_path / "in.onnx", save_as_external_data=True, location="in.bin", size_threshold=0)
    helpers.prune(tmp_path / "in.onnx", tmp_path / "out.onnx", 0.5)
    inputs = {"x": rng.normal(size=(3, 64)).astype("f4")}
    expected = answers(tmp_path / "out.onnx", inputs)[0]
    np.testing.assert_allclose(run(tmp_path / "in.onnx", inputs, tmp_path)["y"], answers(tmp_path / "in.onnx", inputs)[0], atol=1e-4)
    np.testing.assert_allclose(run(tmp_path / "out.onnx", inputs, tmp_path)["y"], expected, atol=1e-4)


@pytest.mark.parametrize("opset", range(13, 24))
def test_every_operator_set(opset, tmp_path):
    """The same network under each version: axes moved from attributes to inputs in between."""
    rng = np.random.default_rng(opset)
    weights = [
        numpy_helper.from_array(rng.normal(size=(6, 3, 3, 3)).astype("f4"), "w"),
        numpy_helper.from_array(np.array([2, 3], "i8"), "axes"), numpy_helper.from_array(np.array([1], "i8"), "one"),
        numpy_helper.from_array(np.array([4, 2], "i8"), "parts"),
    ]  # fmt: skip
    mean = (
        helper.make_node("ReduceMean", ["r", "axes"], ["m"], keepdims=0)
        if opset >= 18
        else helper.make_node("ReduceMean", ["r"], ["m"], axes=[2, 3], keepdims=0)
    )
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]), helper.make_node("Relu", ["c"], ["r"]), mean,
        helper.make_node("Unsqueeze", ["m", "one"], ["u"]), helper.make_node("Squeeze", ["u", "one"], ["s"]),
        helper.make_node("Softmax", ["s"], ["p"]), helper.make_node("Split", ["p", "parts"], ["a", "b"], axis=1),
        helper.make_node("Concat", ["b", "a"], ["y"], axis=1),
    ]  # fmt: skip
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 8, 8])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 6])
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], weights), opset_imports=[helper.make_opsetid("", opset)], ir_version=8
    )
    onnx.save(model, tmp_path / "x.onnx")
    inputs = {"x": rng.normal(size=(2, 3, 8, 8)).astype("f4")}
    expected = answers(tmp_path / "x.onnx", inputs)[0]
    np.testing.assert_allclose(run(tmp_path / "x.onnx", inputs, tmp_path)["y"], expected, atol=1e-5)


def _cases():
    cases = sorted(onnx_nodes.cases(OPERATORS), key=lambda case: case.name)
    return [pytest.param(case, id=case.name) for case in cases if case.name not in EXCEPTIONS]


@pytest.mark.parametrize("case", _cases())
def test_nodes(case, tmp_path, record_property):
    """Whatever of it runs is right; what does not says why."""
    ran, refusals = 0, []
    for number, (model, inputs, outputs) in enumerate(onnx_nodes.variants(case)):
        path = tmp_path / f"{number}.onnx"
        onnx.save(model, path)
        try:
            found = run(path, inputs, tmp_path)
        except AssertionError as error:
            assert "cannot be run" in str(error), error
            refusals.append(str(error))
            continue
        ran += 1
        for name, expected in zip((output.name for output in model.graph.output), outputs):
            distance = onnx_nodes.difference(expected, found[name])
            assert distance is not None, f"{name} has the shape {found[name].shape}, not {np.shape(expected)}"
            assert distance <= 1e-4, f"{name} of variant {number} is off by {distance}"
    record_property("onnx", (case.model.graph.node[0].op_type, case.name, ran))
    if not ran:
        pytest.skip(re.search("cannot be run: (.*)", refusals[0]).group(1) if refusals else "it has no axis of examples")


def test_sixty_operators_and_more():
    assert len(OPERATORS) >= 60
