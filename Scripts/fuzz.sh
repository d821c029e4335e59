#!/bin/sh
# Fuzzes each reader for so many seconds (300): those of our own with libFuzzer in a process with AddressSanitizer, those that go
# through libhdf5 by running the command on changed files. What goes wrong is kept in Fuzz/found.
#     Scripts/fuzz.sh SPARSIFY [SECONDS] [READER...]
set -eu
cd "$(dirname "$0")/.."
sparsify=$1
seconds=${2:-300}
[ $# -gt 2 ] && shift 2 || set -- spm safetensors npy npz pt pickle onnx hdf5
swift=${SWIFT:-swift}
found=$PWD/Fuzz/found
corpus=$PWD/Fuzz/.build/corpus
mkdir -p "$found"

reader() {
    [ -n "${built:-}" ] || SWIFT_BACKTRACE=enable=no $swift build -c release --package-path Fuzz --scratch-path Fuzz/.build-fuzz \
        --product fuzz-reader -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address \
        -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld -Xswiftc -DFUZZ
    built=yes
    mkdir -p "$corpus/$1"
    case $1 in
    spm) cp fixtures/golden/spm/*/*.spm "$corpus/spm" ;;
    safetensors) cp fixtures/safetensors/*.safetensors fixtures/bitmask/*.safetensors "$corpus/safetensors" ;;
    npy) cp fixtures/numpy/*.npy "$corpus/npy" ;;
    npz) cp fixtures/numpy/*.npz "$corpus/npz" ;;
    pt) cp fixtures/pytorch/*.pt "$corpus/pt" ;;
    pickle)
        for file in fixtures/pytorch/*.pt; do
            name=$(basename "$file" .pt)
            # No archive.
            [ "$name" != legacy ] || continue
            python3 - "$file" "$corpus/pickle/$name" <<'PYTHON'
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
open(sys.argv[2], "wb").write(archive.read(name))
PYTHON
        done ;;
    onnx) cp fixtures/onnx/*.onnx "$corpus/onnx" ;;
    esac
    # What lasts as long as the process looks like a leak; that memory grows is found by its limit.
    (cd "$found" && FUZZ_READER=$1 ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no "$OLDPWD/Fuzz/.build-fuzz/release/fuzz-reader" \
        -detect_leaks=0 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -artifact_prefix="$1-" -verbosity=0 \
        -print_final_stats=1 "$corpus/$1")
}

for name in "$@"; do
    echo "== $name"
    if [ "$name" = hdf5 ]; then
        $swift build -c release --package-path Fuzz --product fuzz-command
        mkdir -p "$corpus"
        "$sparsify" convert fixtures/tiny.h5 "$corpus/tiny.bsp.h5" --force --quiet
        Fuzz/.build/release/fuzz-command "$sparsify" "$seconds" "$found" \
            fixtures/*.h5 fixtures/keras/*.keras "$corpus/tiny.bsp.h5"
    else
        reader "$name"
    fi
done
