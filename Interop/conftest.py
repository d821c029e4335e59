import os
import pathlib

# Before anything imports TensorFlow: the CPU alone, the same results on every run, and Keras 2 for what wants it.
os.environ.update(
    CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_USE_LEGACY_KERAS="1"
)

import pytest

import helpers


def pytest_sessionstart(session):
    if not pathlib.Path(helpers.SPARSIFY).exists():
        pytest.exit(f"{helpers.SPARSIFY} is not built: run `swift build -c release`", returncode=1)


class Saved:
    """A model and the file that it was saved to."""

    def __init__(self, library, name, ending, folder):
        self.library = library
        self.ending = ending
        self.path = folder / f"{library.__name__}-{name}{ending}"
        self.model, self.input = library.make(name)
        save = self.model.save if ending == ".h5" else self.model.save_weights
        save(self.path)
        # Keras itself cannot read the bfloat16 that it writes to its legacy layout.
        self.loads = (name, ending) != ("mlp_bfloat16", ".h5")

    def load(self, path):
        """The model as the library reads it from another file of this layout."""
        if self.ending == ".h5":
            return self.library.load(path)
        model = self.library.another(self.model)
        model.load_weights(path)
        return model


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """`saved(library, name, ending)`: a model, made once. Endings: `.h5`, `.weights.h5`, and `.hdf5` for weights in
    the layout of Keras 2."""
    folder = tmp_path_factory.mktemp("models")
    made = {}

    def get(*key):
        if key not in made:
            made[key] = Saved(*key, folder)
        return made[key]

    return get


def _recorded(terminalreporter, name):
    """What tests that ran said under a name."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    return [value for report in reports for key, value in report.user_properties if key == name]


def pytest_terminal_summary(terminalreporter):
    """How far the command's outputs lie from Keras's, and how its counts differ from TensorFlow's profiler."""
    write = terminalreporter.write_line
    agreement = sorted(_recorded(terminalreporter, "agreement"), key=lambda row: -row[2] / row[3])
    for family, limit in (
        ("models of keras.applications", None),
        ("models of layers", 10),
        ("gradients of models of layers", 10),
    ):
        rows = [row for row in agreement if row[0] == family]
        if rows:
            terminalreporter.section(f"{len(rows)} {family} compared, the furthest from Keras first")
            write(f"{'model':32} {'max |Δ|':>10} {'magnitude':>10} {'share':>10}")
            for _, name, difference, scale in rows[:limit]:
                write(f"{name:32} {difference:10.2e} {scale:10.2e} {difference / scale:10.2e}")
    nodes = _recorded(terminalreporter, "onnx")
    if nodes:
        agreeing = sorted({operator for operator, _, ran in nodes if ran})
        terminalreporter.section(f"{len(agreeing)} operators of ONNX agree with its tests")
        write(", ".join(agreeing))
    operations = _recorded(terminalreporter, "operations")
    if operations:
        terminalreporter.section("operations, and what TensorFlow's profiler counts besides")
        for name, products, flops, profiled, difference in sorted(operations):
            write(f"{name}: {products:,} products, {flops:,} operations; the profiler: {profiled:,}")
            for reason, count in difference.items():
                if count:
                    write(f"    {count:14,}  {reason}")
