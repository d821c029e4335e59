#!/bin/sh
# The main job on a real trained model: prune, inspect, verify, go back.
set -eu
sparsify=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() {
    echo
    echo "\$ sparsify $*" | sed "s|$out/||g"
    "$sparsify" "$@" | sed "s|$out/||g"
}

run fixtures/digits_mlp.h5 "$out/digits_mlp.spm" --sparsity 0.8
run verify "$out/digits_mlp.spm" --against fixtures/digits_mlp.h5
run convert "$out/digits_mlp.spm" "$out/pruned.h5" --quiet
run diff "$out/digits_mlp.spm" "$out/pruned.h5"
run inspect "$out/digits_mlp.spm" --gzip
digits=fixtures/digits.npz
run fixtures/digits_mlp.h5 "$out/trained.spm" --sparsity 0.95 --epochs 150 --distill 50% \
    --data-x $digits:x_train --data-y $digits:y_train --validation-x $digits:x_test --validation-y $digits:y_test
