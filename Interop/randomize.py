import numpy as np


def randomize(model, seed=1):
    """Gives every floating-point weight random values, so that no bias is zero and no statistic is at its start."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        name = str(getattr(weight, "path", weight.name))
        if "float" not in str(weight.dtype):
            continue
        values = generator.standard_normal(tuple(weight.shape)) / 4
        weight.assign(np.abs(values) + 0.5 if "variance" in name or "scale" in name else values)
