#!/usr/bin/env bash
# Trains mask-rcnn-small for photographs: train.sh PHOTOS WORK, with `manyfaces` on the path.
# PHOTOS is a folder of photographs. Interrupted, it goes on where it was.
# The finder and the forensic head share no weights: two trainings, each on its own pictures.
set -euo pipefail
photos=$1 work=$2
here=$(cd "$(dirname "$0")" && pwd)
builds=()
for seed in $(seq 11 22); do
    builds+=("$work/photos-$seed")
    manyfaces build "$photos" --out "$work/photos-$seed" --seed "$seed" \
        --recipe "$here/recipe.yaml" --analyses "$work/analyses"
done
manyfaces build --drawn 320 --out "$work/drawn" --seed 21 --recipe "$here/recipe.yaml"
[ -d "$work/faces" ] || manyfaces combine "${builds[0]}" "$work/drawn" --out "$work/faces"
[ -d "$work/forgeries" ] || manyfaces combine "${builds[@]}" "$work/drawn" --out "$work/forgeries"
manyfaces train --config "$here/finder.yaml" --data "$work/faces" --out "$work/finder"
manyfaces train --config "$here/forensic.yaml" --data "$work/forgeries" --out "$work/run" \
    --start "$work/finder"
manyfaces slim "$work/run" --out "$work/weights"
