#!/usr/bin/env bash
# Trains the other baselines on what train.sh has built: others.sh WORK NAME…, each by
# NAME.yaml, which takes 15 to 35 minutes on one core.
# Interrupted, it goes on where it was; then table.sh PHOTOS WORK mask-rcnn-small WORK/others/*.
set -euo pipefail
work=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
for name in "$@"; do
    manyfaces train --config "$here/$name.yaml" --data "$work/forgeries" --out "$work/others/$name"
done
