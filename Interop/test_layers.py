"""Every kind of layer is understood: no operation unknown, and shapes as Keras says."""

import re

import keras
import pytest

from helpers import inspect
from keras_layers import MODELS


def extents(text):
    """`(28, None, 3)`, without the batch."""
    return [None if x == "None" else int(x) for x in re.findall(r"\d+|None", str(text))]


def outermost(model):
    """The layers of a model that have one output of one call, by name, and its shape."""
    for layer in model.layers:
        try:
            output = layer.output
        except (AttributeError, ValueError):
            continue
        if hasattr(output, "shape") and not isinstance(output, (list, tuple)):
            yield layer.name, list(output.shape[1:])


@pytest.mark.parametrize("name", MODELS)
def test_shapes(name, tmp_path):
    model, inputs = MODELS[name]()
    model.save(tmp_path / "a.h5", include_optimizer=False)
    report = inspect(tmp_path / "a.h5")
    rows = {row["name"]: row for row in report["layers"]}

    is_open = any(None in x.shape[1:] for x in model.inputs)
    unknown = report["totals"].get("unknownLayers", [])
    if not is_open:
        assert not unknown, [row["note"] for row in report["layers"] if row.get("note")]
    assert not [tensor["name"] for tensor in report["tensors"] if "layer" not in tensor], "weights that nobody owns"

    compared = 0
    for layer, shape in outermost(model):
        row = rows.get(layer)
        if row is None or not row.get("outputShape"):
            continue
        found = extents(row["outputShape"])
        # Keras leaves open what it does not work out; a file tells less where inputs are open.
        if None not in shape and None not in found:
            assert found == shape, layer
            compared += 1
    assert compared or is_open or len(model.outputs) > 1


def test_a_function_of_the_user_is_named(tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Lambda(lambda x: x * 2, name="mine")(x)))
    model.save(tmp_path / "a.h5", include_optimizer=False)
    report = inspect(tmp_path / "a.h5")
    assert "mine" in report["totals"]["unknownLayers"]
    assert any("Lambda" in row.get("note", "") for row in report["layers"] if row["name"] == "mine")


def test_there_are_enough():
    assert len(MODELS) >= 150
