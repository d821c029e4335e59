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
