"""The kit's page of instructions."""

from __future__ import annotations

from typing import Final

from .folder import ChallengeFolder

_PAGE: Final = """\
# {title}

{description}

Submissions are taken from {opens:%Y-%m-%d %H:%M} to {closes:%Y-%m-%d %H:%M} UTC.
Ranked by {task} {metric} (class {class_}), mean over the tracks{tracks_note}.

## What is here

| file | content |
|---|---|
| `images/<track>/…` | the pictures, under the names that the manifest has, and the manifest |
| `manifests/<track>.json` | id, file, size, SHA-256 and split of each picture; no labels |
| `example/<track>.json` | a submission that passes the check: random boxes |
| `challenge.yaml` | the rules |

Tracks:

{tracks}

## 1. Predict

One file a track: a JSON list (also `.json.gz` or Parquet) with an entry for each face found.

```json
[{{"image_id": 1, "category_id": 1, "score": 0.97, "bbox": [x, y, width, height],
  "segmentation": {{"size": [height, width], "counts": "…"}}}}]
```

`category_id` is 0 for real and 1 for fake. `segmentation` is a COCO RLE or polygons. Each file
covers the pictures of **both** splits of its track, {splits}. With a trained baseline:

```sh
manyfaces predict RUN images/{track} --out {track}.json
```

takes pictures and ids from `images/{track}/manifest.json`, the same file as
`manifests/{track}.json`: the predictions cover all splits under the right ids.

## 2. Check

```sh
manyfaces check {track}.json --manifest manifests/{track}.json
```

names every problem at once. The same check runs when you submit; a file that fails it never
uses quota.

## 3. Submit

`method.yaml` says what the method is:

```yaml
name: my method
authors: A. Person, B. Person
paper: https://…
code: https://…
extra_data: none
external_detectors: none
```

This challenge requires: {required}.

```sh
export MANYFACES_TOKEN=…     # the token that you were given
manyfaces board submit ADDRESS --method method.yaml \\
{parts}
```

ADDRESS is the board's web address. Limits: {per_day} a day, {total} in all, {at_once} at once,
{size} MB a file. What is refused, and what fails by the board's own fault, never counts.

## Terms

{terms}

{contact}
"""


def kit_page(folder: ChallengeFolder) -> str:
    """The page as Markdown."""
    rules = folder.rules
    names = rules.track_names
    parts = [f"    --part {name}={name}.json" for name in names]
    return _PAGE.format(
        title=rules.title,
        description=rules.description,
        opens=rules.opens,
        closes=rules.closes,
        task=rules.ranking.task,
        metric=rules.ranking.metric,
        class_=rules.ranking.class_,
        tracks_note="" if len(names) > 1 else f" ({names[0]})",
        tracks="\n".join(_track_line(folder, name) for name in names),
        splits=" and ".join(f"`{name}`" for name in rules.splits.names),
        track=names[0],
        required=", ".join(("name", *rules.required)),
        parts=" \\\n".join(parts),
        per_day=rules.limits.per_day,
        total=rules.limits.total,
        at_once=rules.limits.at_once,
        size=rules.limits.file_size // 10**6,
        terms=rules.terms or "None beyond good scientific practice.",
        contact=f"Questions: {rules.contact}" if rules.contact else "",
    )


def _track_line(folder: ChallengeFolder, name: str) -> str:
    described = {track.name: track.description for track in folder.rules.tracks}[name]
    count = len(folder.manifest(name).images)
    return f"- `{name}`: {count} pictures" + (f", {described}" if described else "")
