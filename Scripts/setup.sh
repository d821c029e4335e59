#!/bin/sh
# Installs the system packages that the build needs, and those named as arguments (by Debian's names), where they are
# missing: says which, and why when it cannot.
set -eu

command -v swift >/dev/null 2>&1 || {
    echo "Swift 6.3 or later is needed and was not found: see https://www.swift.org/install" >&2
    exit 1
}

if [ "$(uname -s)" = Darwin ]; then
    missing=
    for formula in hdf5 libdeflate libzip openblas pkg-config; do
        brew list --formula "$formula" >/dev/null 2>&1 || missing="$missing $formula"
    done
    [ -z "$missing" ] && exit 0
    echo "Missing:$missing. Install with: brew install$missing" >&2
    exit 1
fi

missing=
for package in libhdf5-dev zlib1g-dev libdeflate-dev libzip-dev libopenblas-dev pkg-config "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

command -v apt-get >/dev/null 2>&1 || {
    echo "Missing:$missing (names of Debian's packages). Install them with your system's package manager." >&2
    exit 1
}
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "Missing:$missing. Install them as root: apt-get install$missing" >&2
        exit 1
    }
    as_root=sudo
fi
echo "Installing$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
