"""How much accuracy each criterion leaves at each sparsity, and what training gives back: `make bench-quality` runs it.

    quality.py [--fixtures NAME,...] [--criteria NAME,...] [--sparsities S,...] [--stages N] [--epochs N]
    quality.py --data DATA.npz --models A.h5,B.h5 [--scale 1/255] [--held-out 10000]

Without --data the models are those of fixtures/: criteria see the train part of digits.npz, its test part judges.
With it (x and y, the examples first) the last examples judge, and criteria see all before them; this
alone needs NumPy. Prints Markdown.
"""

import argparse
import fractions
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SPARSIFY = pathlib.Path(os.environ.get("SPARSIFY", ROOT / ".build/release/sparsify")).resolve()
DIGITS = ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention"]
SPARSITIES = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98]
# By the name of the row: whether there must be data, and what to say to the command.
CRITERIA = {
    "magnitude": (False, ["--criterion", "magnitude"]),
    "magnitude, uniform": (False, ["--criterion", "magnitude", "--allocation", "uniform"]),
    "wanda": (True, ["--criterion", "wanda"]),
    "layer-obs": (True, ["--criterion", "layer-obs"]),
    "taylor": (True, ["--criterion", "taylor"]),
    "obd": (True, ["--criterion", "obd"]),
    "obs": (True, ["--criterion", "obs"]),
    "magnitude, trained": (True, ["--criterion", "magnitude", "--distill", "50%"]),
    "lamp, trained": (True, ["--criterion", "magnitude", "--allocation", "lamp", "--distill", "50%"]),
    "variational dropout": (True, ["--criterion", "variational-dropout"]),
    "l0": (True, ["--criterion", "l0"]),
    "movement": (True, ["--criterion", "movement"]),
}
TRAINED = {"magnitude, trained", "lamp, trained", "variational dropout", "l0", "movement"}
NAMES = list(dict.fromkeys(arguments[1] for _, arguments in CRITERIA.values()))


class Failed(Exception):
    pass


def sparsify(*arguments):
    done = subprocess.run([str(x) for x in (SPARSIFY, *arguments)], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(done.args)}: exit status {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def note(text):
    print(f"quality: {text}", file=sys.stderr, flush=True)


class Task:
    """Models, examples that criteria see (options of `prune`), and those that accuracy is on (options of `run`)."""

    def __init__(self, models, seen, judged):
        self.models = models
        self.seen = seen
        self.judged = judged

    def accuracy(self, model):
        return json.loads(sparsify("run", model, *self.judged, "--json"))["evaluation"]["accuracy"]


def digits(names):
    data = FIXTURES / "digits.npz"
    return Task(
        [FIXTURES / f"{name}.h5" for name in names],
        ["--data-x", f"{data}:x_train", "--data-y", f"{data}:y_train"],
        ["--input", f"{data}:x_test", "--labels", f"{data}:y_test"],
    )


def given(options):
    import numpy as np

    data = np.load(options.data)
    x, y, first = data["x"], data["y"], len(data["y"]) - options.held_out
    if not 0 < first < len(y):
        sys.exit(f"{options.data} has {len(y)} examples, of which {options.held_out} are to be held out")
    seen, judged = options.folder / "seen.npz", options.folder / "judged.npz"
    np.savez(seen, x=x[:first], y=y[:first])
    # `run` takes inputs as they are.
    np.savez(judged, x=(x[first:] * float(fractions.Fraction(options.scale))).astype("f4"), y=y[first:])
    return Task(
        options.models,
        ["--data", seen, "--scale", options.scale],
        ["--input", f"{judged}:x", "--labels", f"{judged}:y"],
    )


def measure(task, model, row, sparsity, options):
    """Accuracy, seconds of the whole command, and bytes of what it wrote."""
    needs_data, arguments = CRITERIA[row]
    target = options.folder / "pruned.spm"
    if row == "obs":
        arguments = [*arguments, "--stages", options.stages]
    if row in TRAINED:
        arguments = [*arguments, "--epochs", options.epochs]
    if needs_data:
        arguments = [*arguments, *task.seen]
    start = time.perf_counter()
    sparsify(model, target, "--sparsity", sparsity, *arguments, "--quiet", "--force")
    seconds = time.perf_counter() - start
    return task.accuracy(target), seconds, target.stat().st_size


def table(head, rows):
    """Markdown: rows of a name and cells."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join([name, *cells]) + " |" for name, cells in rows])


def report(task, model, options):
    """The tables of a model: accuracy, the best at each sparsity in bold; seconds and bytes."""
    dense = task.accuracy(model)
    found = {}
    for row in options.criteria:
        for sparsity in options.sparsities:
            try:
                value, seconds, size = found[row, sparsity] = measure(task, model, row, sparsity, options)
                note(f"{model.stem}, {row} at {sparsity}: {100 * value:.2f} %, {seconds:.3g} s, {size} bytes")
            except Failed as failure:
                note(f"{model.stem}, {row} at {sparsity} left out: {failure}")
    best = {
        sparsity: max((cell[0] for (_, at), cell in found.items() if at == sparsity), default=0)
        for sparsity in options.sparsities
    }

    def accuracy(row, sparsity):
        if (row, sparsity) not in found:
            return "failed"
        value = found[row, sparsity][0]
        return f"**{100 * value:.2f}**" if value == best[sparsity] else f"{100 * value:.2f}"

    def cost(row, sparsity):
        if (row, sparsity) not in found:
            return "failed"
        _, seconds, size = found[row, sparsity]
        return f"{seconds:.3g} s, {size / 1000:.1f} kB"

    def rows(cell):
        return [(row, [cell(row, sparsity) for sparsity in options.sparsities]) for row in options.criteria]

    sizes = [f"{sparsity:g}" for sparsity in options.sparsities]
    title = f"`{model.name}`, dense {100 * dense:.2f} % and {model.stat().st_size / 1000:.1f} kB:"
    text = "\n\n".join(
        [title, table(["accuracy, %", *sizes], rows(accuracy)), table(["time, size", *sizes], rows(cost))]
    )
    return text, len(found) == len(options.criteria) * len(options.sparsities)


def listed(choices=None, kind=str):
    """The type of an option that is a list with commas."""

    def parse(text):
        values = [kind(part) for part in text.split(",")]
        if choices and (wrong := [value for value in values if value not in choices]):
            raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: there are {', '.join(choices)}")
        return values

    return parse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fixtures", type=listed(DIGITS), default=DIGITS, metavar="NAME,...")
    parser.add_argument("--data", type=pathlib.Path, metavar="FILE.npz", help="instead of the fixtures: x and y")
    parser.add_argument("--models", type=listed(kind=pathlib.Path), default=[], metavar="FILE,...")
    parser.add_argument("--scale", default="1", metavar="A", help="inputs are x times this: 1/255")
    parser.add_argument("--held-out", type=int, default=10_000, metavar="N", help="the last N examples judge")
    parser.add_argument("--criteria", type=listed(NAMES), default=NAMES, metavar="NAME,...", help=", ".join(NAMES))
    parser.add_argument("--sparsities", type=listed(kind=float), default=SPARSITIES, metavar="S,...")
    parser.add_argument("--stages", type=int, default=15, metavar="N", help="rounds of obs")
    parser.add_argument("--epochs", type=int, default=150, metavar="N", help="of the rows that are trained")
    options = parser.parse_args()
    if bool(options.data) != bool(options.models):
        parser.error("--data and --models go together")
    options.criteria = [row for row in CRITERIA if CRITERIA[row][1][1] in options.criteria]
    complete = True
    with tempfile.TemporaryDirectory() as folder:
        options.folder = pathlib.Path(folder)
        task = given(options) if options.data else digits(options.fixtures)
        for model in task.models:
            try:
                text, whole = report(task, model, options)
                print(text, end="\n\n", flush=True)
            except Failed as failure:
                note(f"{model.stem} left out: {failure}")
                whole = False
            complete &= whole
    return not complete


if __name__ == "__main__":
    sys.exit(main())
