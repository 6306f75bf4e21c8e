#!/usr/bin/env bash
# Detectors on photographs and on drawn people, as two tables: table.sh PHOTOS WORK DETECTOR…
# PHOTOS and WORK as for train.sh; TRACKS=clean,challenge for less than the groups.
# Interrupted, it goes on where it was.
set -euo pipefail
photos=$1 work=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
# Another seed than those of the training: the same photographs in test, other forgeries.
manyfaces build "$photos" --out "$work/eval-31" --seed 31 \
    --recipe "$here/recipe.yaml" --analyses "$work/analyses"
for data in eval-31 drawn; do
    results=()
    for detector in "$@"; do
        finder=()
        case $(basename "$detector") in
            mask-rcnn*) ;;
            mesonet) finder=(--faces mask-rcnn-small) ;;
            # Many operations a face: on a processor that has bfloat16, a fifth of the time.
            *) finder=(--faces mask-rcnn-small --precision bf16) ;;
        esac
        out=$work/table/$data/$(basename "$detector")
        manyfaces evaluate "$detector" "${finder[@]}" --data "$work/$data" --out "$out" \
            --tracks "${TRACKS:-clean,challenge,groups}" --device cpu
        results+=("$out")
    done
    manyfaces table "${results[@]}" --out "$work/table-$data.md"
done
