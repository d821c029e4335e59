"""Small seeded models of every kind of layer, with many combinations of arguments.

`MODELS` maps names to builders; a builder returns a model and the arrays for its inputs, by name. `SHAPES_ONLY` names
those that this machine's TensorFlow describes but does not run."""

from layer_models import attention, functions, old, products, recurrence, shaping

FAMILIES = {
    "products": products,
    "recurrence": recurrence,
    "attention": attention,
    "shaping": shaping,
    "functions": functions,
    "old": old,
}

MODELS = {name: build for family in FAMILIES.values() for name, build in family.MODELS.items()}
SHAPES_ONLY = {name for family in FAMILIES.values() for name in family.SHAPES_ONLY}

assert len(MODELS) == sum(len(family.MODELS) for family in FAMILIES.values()), "two models have one name"
