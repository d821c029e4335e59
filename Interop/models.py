"""Every model in every layout that its library writes, as parameters of a test."""

import pytest

import helpers
import keras3_models
import tf_keras_models

ENDINGS = {keras3_models: (".h5", ".weights.h5"), tf_keras_models: (".h5", ".weights.h5", ".hdf5")}
SAVED = [
    pytest.param(library, name, ending, id=f"{library.__name__.removesuffix('_models')}-{name}{ending}")
    for library, endings in ENDINGS.items()
    for name in library.MODELS
    for ending in endings
]

FIXTURES = sorted(path.name for path in helpers.FIXTURES.glob("*.h5"))
