"""safetensors against the reference implementation: what it writes is read and comes back byte by byte, what is written
here it reads, and a mask is NumPy's."""

import json
import struct

import h5py
import ml_dtypes
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import helpers

FIXTURES = helpers.FIXTURES / "safetensors"
TYPES = [
    "f8", "f4", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "c8", ml_dtypes.bfloat16,
]  # fmt: skip
SHAPES = [(), (0,), (3, 0, 2), (1,), (5, 7), (2, 3, 4), (1, 1, 1, 2, 1, 1, 1, 3)]


def values(shape, kind, seed=1):
    """Any bits: NaN, -0.0 and all else."""
    kind = np.dtype(kind)
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.random.default_rng(seed).integers(0, 2 if kind == bool else 256, size, "u1")
    return raw.view(kind).reshape(shape)


def same(left, right):
    assert left.keys() == right.keys()
    for name, array in left.items():
        assert (array.dtype, array.shape) == (right[name].dtype, right[name].shape), name
        assert array.tobytes() == right[name].tobytes(), name


@pytest.fixture
def model(tmp_path):
    """Weights as a network has them."""
    random = np.random.default_rng(7)
    shapes = {"layers.0.weight": (60, 50), "layers.0.bias": (60,), "head.weight": (10, 60), "steps": ()}
    arrays = {name: random.standard_normal(shape).astype("f4") for name, shape in shapes.items()}
    path = tmp_path / "in.safetensors"
    save_file(arrays, path, {"format": "pt"})
    return path, arrays


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_types_and_shapes_come_back_byte_by_byte(tmp_path, kind, shape):
    arrays = {"w": values(shape, kind), "another": values((3,), "f4", 2)}
    source, sparse, back = (tmp_path / name for name in ("in.safetensors", "model.spm", "back.safetensors"))
    save_file(arrays, source)
    helpers.convert(source, sparse)
    helpers.convert(sparse, back)
    assert back.read_bytes() == source.read_bytes()
    same(load_file(back), arrays)


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("*.safetensors")), ids=lambda path: path.stem)
def test_fixtures_are_files_that_the_reference_reads(tmp_path, fixture):
    with safe_open(fixture, "np") as file:
        names = sorted(file.keys())
    helpers.convert(fixture, tmp_path / "model.spm")
    back = helpers.convert(tmp_path / "model.spm", tmp_path / "back.safetensors")
    assert back.read_bytes() == fixture.read_bytes()
    with safe_open(back, "np") as file:
        assert sorted(file.keys()) == names


@pytest.mark.parametrize("ending", [".safetensors", ".spm", ".h5"])
@pytest.mark.parametrize("sparsity", [0.5, 0.9])
def test_the_mask_is_numpys(tmp_path, model, ending, sparsity):
    source, arrays = model
    target, back = tmp_path / f"out{ending}", tmp_path / "back.safetensors"
    helpers.prune(source, target, sparsity)
    helpers.convert(target, back)
    pruned = load_file(back)
    names = helpers.prunable_names(source)
    assert sorted(names) == ["head.weight", "layers.0.weight"]
    masks = dict(zip(names, helpers.expected_masks([arrays[name] for name in names], sparsity)))
    same(pruned, {name: np.where(masks.get(name, True), array, np.float32(0)) for name, array in arrays.items()})


def test_what_is_laid_out_here_is_what_the_reference_writes(tmp_path):
    """From HDF5, where the order is another and no header is kept."""
    arrays = {str(index): values((3, 2), kind, index) for index, kind in enumerate(TYPES[:12])}
    with h5py.File(tmp_path / "in.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
        file.attrs["format"] = "pt"
    save_file(arrays, tmp_path / "reference.safetensors", {"format": "pt"})
    written = helpers.convert(tmp_path / "in.h5", tmp_path / "out.safetensors")
    assert written.read_bytes() == (tmp_path / "reference.safetensors").read_bytes()


def test_texts_go_to_attributes_of_hdf5_and_back(tmp_path, model):
    source, arrays = model
    target = helpers.convert(source, tmp_path / "out.h5")
    with h5py.File(target) as file:
        assert file.attrs["format"] == "pt"
        same({name: np.asarray(file[name]) for name in file}, arrays)
    assert helpers.convert(target, tmp_path / "back.safetensors").read_bytes() == source.read_bytes()


def test_shards(tmp_path):
    folder = FIXTURES / "sharded"
    helpers.convert(folder / "model.safetensors.index.json", tmp_path / "model.spm")
    (tmp_path / "back").mkdir()
    helpers.convert(tmp_path / "model.spm", tmp_path / "back/model.safetensors.index.json")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "back").iterdir()
    }
    one = load_file(helpers.convert(tmp_path / "model.spm", tmp_path / "one.safetensors"))
    parts = [load_file(path) for path in sorted(folder.glob("*.safetensors"))]
    same(one, {name: array for part in parts for name, array in part.items()})
    helpers.convert(tmp_path / "one.safetensors", tmp_path / "cut.safetensors.index.json")
    index = json.loads((tmp_path / "cut.safetensors.index.json").read_text())
    assert set(index["weight_map"]) == set(one)
    same(load_file(tmp_path / "cut-00001-of-00001.safetensors"), one)


BROKEN = {
    "length": struct.pack("<Q", 2**62) + b"{}",
    "gap": (lambda h: struct.pack("<Q", len(h)) + h + bytes(6))(
        b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}'
    ),
    "trailing": (lambda h: struct.pack("<Q", len(h)) + h + bytes(3))(
        b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}'
    ),
    "twice": (lambda h: struct.pack("<Q", len(h)) + h + bytes(2))(
        b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}'
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(tmp_path, name):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(BROKEN[name])
    error = json.loads(helpers.sparsify("inspect", path, "--json", status=1))["error"]
    assert error["code"] == "malformed"
