#!/bin/sh
# Checks that the examples in Swift and in C read the digits in Examples/digits, whose names say what they show, and agree to
# the last decimal place.
#
# usage: examples.sh SPARSIFY, with libSparsifyC beside it and the package Examples built
set -eu
sparsify=$1
library=$(cd "$(dirname "$sparsify")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

linked() {
    if [ "$(uname -s)" = Darwin ]; then otool -L "$1"; else ldd "$1"; fi
}

"$sparsify" fixtures/digits_mlp.h5 "$out/digits_mlp.spm" --sparsity 0.8 --quiet
"${CC:-cc}" -std=c99 -Wall -Wextra -Werror -pedantic Examples/C/classify.c -ISources/CSparsify \
    -L"$library" -lSparsifyC -Wl,-rpath,"$library" -o "$out/classify"
swift=$("${SWIFT:-swift}" build -c release --package-path Examples --show-bin-path)/ClassifyDigit

for picture in Examples/digits/*.pgm; do
    "$swift" "$out/digits_mlp.spm" "$picture" >"$out/swift.txt"
    "$out/classify" "$out/digits_mlp.spm" "$picture" >"$out/c.txt"
    diff "$out/swift.txt" "$out/c.txt" || fail "$picture: the examples disagree."
    digit=$(basename "$picture" .pgm)
    grep -qx "digit $digit" "$out/c.txt" || fail "$picture: not read as $digit, but as $(head -n 1 "$out/c.txt")."
    echo "$picture: digit $digit, probability $(sed -n "s/^$digit //p" "$out/c.txt"), in Swift and in C"
done

for example in "$swift" "$out/classify"; do
    linked "$example" >"$out/linked.txt"
    if grep -i hdf5 "$out/linked.txt"; then fail "$example needs HDF5."; fi
    if "$example" README.md Examples/digits/7.pgm 2>"$out/error.txt"; then fail "$example takes any file for a model."; fi
    grep -q README.md "$out/error.txt" || fail "$example does not name the file that is no model."
    if "$example" "$out/digits_mlp.spm" README.md 2>"$out/error.txt"; then fail "$example takes any file for a picture."; fi
    grep -q README.md "$out/error.txt" || fail "$example does not name the file that is no picture."
done
