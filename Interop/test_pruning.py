"""Which weights go: exactly those that NumPy would take."""

import json

import h5py
import numpy as np
import pytest

import helpers
import keras3_models
import models
import plain_files
from helpers import assert_pruned, assert_same_file, convert, inspect, prunable_names, prune, sparsify

SPARSITIES = [0.5, 0.8, 0.95]
WEIGHTS = {"kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "embeddings"}


def without_optimizer(source, folder):
    """The source as pruning leaves it but for the zeros: without the state of an optimizer."""
    return convert(source, folder / "without.h5", "--drop-optimizer")


def check(source, pruned, sparsity, folder, scope="global"):
    names = prunable_names(source)
    zeros = assert_pruned(source, pruned, names, sparsity, scope)
    assert_same_file(without_optimizer(source, folder), pruned, pruned=names)
    return names, zeros


@pytest.mark.parametrize("sparsity", SPARSITIES)
@pytest.mark.parametrize("name", models.FIXTURES)
def test_fixture(name, sparsity, tmp_path):
    source = helpers.FIXTURES / name
    report = prune(source, tmp_path / "pruned.h5", sparsity)
    names, zeros = check(source, tmp_path / "pruned.h5", sparsity, tmp_path)
    elements = sum(helpers.read(source, name).size for name in names)
    assert report["pruning"]["prunableElements"] == elements
    assert report["pruning"]["zeros"] == report["pruning"]["requestedZeros"] == zeros == round(sparsity * elements)

    prune(source, tmp_path / "b.spm", sparsity)
    convert(tmp_path / "b.spm", tmp_path / "c.h5")
    assert_same_file(tmp_path / "pruned.h5", tmp_path / "c.h5")
    sparsify("verify", tmp_path / "b.spm", "--against", source, "--quiet")
    sparsify("diff", tmp_path / "b.spm", tmp_path / "pruned.h5", "--quiet")


@pytest.mark.parametrize("library, name, ending", models.SAVED)
def test_model(library, name, ending, saved, tmp_path):
    source = saved(library, name, ending)
    pruned = tmp_path / f"pruned{ending}"
    prune(source.path, pruned, 0.8)
    names, _ = check(source.path, pruned, 0.8, tmp_path)
    if not source.loads:
        return
    loaded = source.load(pruned)
    assert len(loaded.weights) == len(source.model.weights)
    zeros = sum(w.numpy().size - np.count_nonzero(w.numpy()) for w in loaded.weights)
    assert zeros >= round(0.8 * sum(helpers.read(source.path, name).size for name in names))
    assert np.all(np.isfinite(np.asarray(loaded(source.input, training=False), "f4")))


@pytest.mark.parametrize("library, name, ending", models.SAVED)
def test_what_is_prunable(library, name, ending, saved):
    """Kernels and embeddings; never biases, normalisation or state. In files that name their weights by number, what
    has the shape of one of the model's kernels."""
    source = saved(library, name, ending)
    kernels = [w for w in source.model.weights if w.name.split("/")[-1].split(":")[0] in WEIGHTS]
    kernels = [w for w in kernels if "int" not in str(w.dtype)]
    found = prunable_names(source.path)
    shapes = sorted(helpers.read(source.path, name).shape for name in found)
    assert shapes == sorted(tuple(w.shape) for w in kernels)
    if ending != ".weights.h5":
        assert {name.split("/")[-1].split(":")[0] for name in found} <= WEIGHTS
        assert not any(name.startswith("optimizer_weights") for name in found)


@pytest.mark.parametrize("sparsity", SPARSITIES)
@pytest.mark.parametrize("name", ["filters", "compact", "byte_orders", "hard_links", "latest", "user_block", "ordered"])
def test_plain_file(name, sparsity, tmp_path):
    source = tmp_path / "a.h5"
    plain_files.FILES[name](source)
    prune(source, tmp_path / "pruned.h5", sparsity)
    names, _ = check(source, tmp_path / "pruned.h5", sparsity, tmp_path)
    with h5py.File(source) as file:
        floats = [n for n in helpers.tensor_paths(source) if file[n].ndim >= 2 and file[n].dtype.kind == "f"]
    assert sorted(names) == sorted(floats)


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_ties_go_in_the_order_of_the_file(scope, tmp_path):
    source = tmp_path / "ties.h5"
    generator = np.random.default_rng(3)
    with h5py.File(source, "w") as file:
        for name, shape in (("b", (50, 40)), ("a", (7, 300)), ("c", (90, 3))):
            file[name] = generator.integers(-4, 5, shape).astype("f4") / 8
    for sparsity in (0.1, 0.3, 0.5, 0.77, 0.99):
        prune(source, tmp_path / "pruned.h5", sparsity, "--scope", scope, "--force")
        check_again = assert_pruned(source, tmp_path / "pruned.h5", prunable_names(source), sparsity, scope)
        assert check_again > 0


@pytest.mark.parametrize("dtype, step", [("f2", 2**-10), ("f4", 2**-23), ("f8", 2**-52)])
def test_neighbouring_values_are_told_apart(dtype, step, tmp_path):
    """Magnitudes one unit in the last place apart rank by magnitude, not by position."""
    source = tmp_path / "close.h5"
    values = (1 + step * np.random.default_rng(5).permutation(1000)).astype(dtype)
    with h5py.File(source, "w") as file:
        file["w"] = values.reshape(40, 25)
    prune(source, tmp_path / "pruned.h5", 0.5)
    assert_pruned(source, tmp_path / "pruned.h5", ["w"], 0.5)


@pytest.mark.parametrize("sparsity", SPARSITIES)
def test_layer_scope(sparsity, tmp_path):
    source = helpers.FIXTURES / "digits_cnn.h5"
    prune(source, tmp_path / "pruned.h5", sparsity, "--scope", "layer")
    names, _ = check(source, tmp_path / "pruned.h5", sparsity, tmp_path, "layer")
    for name in names:
        kernel = helpers.read(tmp_path / "pruned.h5", name)
        assert np.count_nonzero(kernel) == kernel.size - round(sparsity * kernel.size)


def test_sparsity_one_keeps_one_weight_of_each_tensor(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    prune(source, tmp_path / "pruned.h5", 1)
    names, _ = check(source, tmp_path / "pruned.h5", 1, tmp_path)
    assert [np.count_nonzero(helpers.read(tmp_path / "pruned.h5", name)) for name in names] == [1] * len(names)

    prune(source, tmp_path / "empty.h5", 1, "--min-keep", 0)
    assert not any(helpers.read(tmp_path / "empty.h5", name).any() for name in names)


def test_sparsity_zero_changes_nothing(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    prune(source, tmp_path / "same.h5", 0)
    assert_same_file(source, tmp_path / "same.h5")


def test_pruning_in_steps_gives_the_same_as_at_once(tmp_path):
    source = helpers.FIXTURES / "digits_cnn.h5"
    prune(source, tmp_path / "half.spm", 0.5)
    prune(tmp_path / "half.spm", tmp_path / "steps.h5", 0.9)
    prune(source, tmp_path / "once.h5", 0.9)
    assert_same_file(tmp_path / "once.h5", tmp_path / "steps.h5")


def test_include_and_exclude(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    names = prunable_names(source)
    prune(source, tmp_path / "one.h5", 0.5, "--include", "*/dense_1/*")
    chosen = [name for name in names if "/dense_1/" in name]
    assert_pruned(source, tmp_path / "one.h5", chosen, 0.5)
    assert_same_file(without_optimizer(source, tmp_path), tmp_path / "one.h5", pruned=chosen)

    prune(source, tmp_path / "others.h5", 0.5, "--exclude", "*/dense_1/*", "--force")
    others = [name for name in names if name not in chosen]
    assert_pruned(source, tmp_path / "others.h5", others, 0.5)


def test_random_pruning(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    for name, seed in (("a", 7), ("again", 7), ("b", 8)):
        prune(source, tmp_path / f"{name}.h5", 0.7, "--criterion", "random", "--seed", seed)
    names = prunable_names(source)
    before = np.concatenate([helpers.read(source, name).ravel() for name in names])
    after = {
        key: np.concatenate([helpers.read(tmp_path / f"{key}.h5", name).ravel() for name in names])
        for key in ("a", "again", "b")
    }
    np.testing.assert_array_equal(after["a"], after["again"])
    assert (after["a"] != after["b"]).any()
    for values in after.values():
        kept = values != 0
        assert np.count_nonzero(kept) == before.size - round(0.7 * before.size)
        np.testing.assert_array_equal(values[kept], before[kept])
        assert abs(np.corrcoef(kept, np.abs(before))[0, 1]) < 0.05, "random, not by magnitude"


@pytest.mark.parametrize("sparsity", SPARSITIES)
def test_pruned_model_still_knows_its_digits(sparsity, tmp_path):
    """Without retraining; what is lost is the loss of the method, the same as by NumPy's mask."""
    source = helpers.FIXTURES / "digits_mlp.h5"
    prune(source, tmp_path / "pruned.h5", sparsity)
    data = np.load(helpers.FIXTURES / "digits.npz")
    model = keras3_models.load(tmp_path / "pruned.h5")
    accuracy = np.mean(model.predict(data["x_test"], verbose=0).argmax(axis=1) == data["y_test"])
    assert accuracy > {0.5: 0.95, 0.8: 0.8, 0.95: 0.2}[sparsity]


def test_same_bytes_on_every_run(tmp_path):
    source = helpers.FIXTURES / "digits_cnn.h5"
    for ending in ("spm", "h5"):
        files = []
        for threads in (1, 1, 2, 7):
            prune(source, tmp_path / f"x.{ending}", 0.8, "--threads", threads, "--force")
            files.append((tmp_path / f"x.{ending}").read_bytes())
        assert len(set(files)) == 1


def test_dry_run_writes_nothing_and_an_existing_file_is_left_alone(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    prune(source, tmp_path / "x.spm", 0.8, "--dry-run")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.spm").write_text("mine")
    failure = json.loads(sparsify(source, tmp_path / "x.spm", "--sparsity", 0.8, "--json", status=1))
    assert failure["error"]["message"]
    assert (tmp_path / "x.spm").read_text() == "mine"


def test_disagreement_is_told(tmp_path):
    source = helpers.FIXTURES / "digits_mlp.h5"
    prune(source, tmp_path / "a.spm", 0.5)
    prune(source, tmp_path / "b.spm", 0.8)
    sparsify("diff", tmp_path / "a.spm", tmp_path / "b.spm", status=2)
    sparsify("verify", tmp_path / "a.spm", "--against", helpers.FIXTURES / "digits_cnn.h5", status=2)
    sparsify(source, tmp_path / "c.spm", "--sparsity", 1.5, status=64)


def test_inspect_counts_what_is_there(tmp_path):
    source = helpers.FIXTURES / "digits_cnn.h5"
    prune(source, tmp_path / "b.spm", 0.8)
    prune(source, tmp_path / "b.h5", 0.8)
    for path in (tmp_path / "b.spm", tmp_path / "b.h5"):
        for tensor in inspect(path)["tensors"]:
            values = helpers.read(tmp_path / "b.h5", tensor["name"])
            assert tensor["shape"] == list(values.shape)
            assert tensor["elements"] == values.size
            assert tensor["nonzeros"] == np.count_nonzero(helpers.bits(values))
            assert tensor["denseBytes"] == values.nbytes
            assert tensor["sparsity"] == pytest.approx(1 - tensor["nonzeros"] / values.size)
            if path.suffix == ".spm":
                parts = tensor["valueBytes"] + tensor["indexBytes"] + tensor["overheadBytes"]
                assert tensor["fileBytes"] == parts
