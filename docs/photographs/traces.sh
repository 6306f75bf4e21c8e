#!/usr/bin/env bash
# Adds the network of traces to the weights that ship: traces.sh PHOTOS WORK, with `manyfaces`
# on the path; PHOTOS and WORK as for train.sh. Interrupted, it goes on where it was.
set -euo pipefail
photos=$1 work=$2
here=$(cd "$(dirname "$0")" && pwd)
# Every face forged that can be, twenty times, and the same pictures as they were. All but
# lossless: in training they are encoded anew.
recipe() {
    sed "s/^pristine: .*/pristine: $1/; s/^forged: .*/forged: 1.0/" "$here/recipe.yaml"
    echo 'jpeg_quality: 100'
}
mkdir -p "$work"
recipe 1.0 >"$work/plain.yaml"
recipe 0.0 >"$work/forged.yaml"
pairs=()
add() { # NAME RECIPE SEED WHAT TO BUILD…
    pairs+=("$work/$1")
    manyfaces build "${@:4}" --out "$work/$1" --seed "$3" --recipe "$work/$2.yaml"
}
add plain plain 101 "$photos" --analyses "$work/analyses"
for seed in $(seq 101 120); do
    add "forged-$seed" forged "$seed" "$photos" --analyses "$work/analyses"
done
for seed in 21 22; do
    add "drawn-plain-$seed" plain "$seed" --drawn 320
    add "drawn-forged-$seed" forged "$seed" --drawn 320
done
[ -d "$work/pairs" ] || manyfaces combine "${pairs[@]}" --out "$work/pairs"
manyfaces train --config "$here/traces.yaml" --data "$work/pairs" --out "$work/traces" \
    --start mask-rcnn-small
