"""The card of a release: ``README.md``, its first lines for the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from .about import About
from .credits import FILE as CREDITS
from .facts import Facts
from .licences import cautions, dataset_licence
from .parquet import FOLDER as PARQUET
from .rows import split_name
from .source_type import SCHEME, TERMS
from .statements import describe, statements

FILE: Final = "README.md"

_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
_PROMISE: Final = (
    "I use this dataset to develop or test detectors of forged faces, identify nobody with it, "
    "train no system that forges, present no forged image as real, keep the credits, and delete "
    "what is withdrawn."
)


def card(about: About, facts: Facts) -> str:
    """The Markdown text, YAML first."""
    head = yaml.safe_dump(_head(about, facts), sort_keys=False, allow_unicode=True, width=1000)
    sections = [
        f"# {about.name}", describe(about, facts), _splits(facts), _load(facts), _fields(),
        _methods(facts), _marks(facts), _licences(about, facts), _people(about, facts),
        _limits(about, facts), _withdrawal(facts), _citation(about), _FILES,
    ]  # fmt: skip
    return f"---\n{head}---\n\n" + "\n\n".join(text.strip() for text in sections if text) + "\n"


def _head(about: About, facts: Facts) -> dict[str, Any]:
    open_splits = [split for split, one in facts.splits.items() if one.images]
    return {
        "pretty_name": about.name,
        **_head_licence(about, facts),
        "task_categories": ["object-detection", "image-segmentation", "image-classification"],
        "task_ids": ["instance-segmentation"],
        "tags": ["deepfake-detection", "face-forgery", "coco", "croissant"],
        "size_categories": [
            next((name for most, name in _SIZES if facts.images < most), "100K<n<1M")
        ],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split_name(split), "path": f"{PARQUET}/{split_name(split)}-*.parquet"}
                    for split in open_splits
                ],
            }
        ],
        "extra_gated_prompt": _PROMISE,
    }


def _head_licence(about: About, facts: Facts) -> dict[str, str]:
    one = about.licence or dataset_licence(facts.licences)
    if one:
        return {"license": one.lower()}
    return {"license": "other", "license_name": "per-photograph", "license_link": CREDITS}


def _splits(facts: Facts) -> str:
    rows = {
        split: [str(value) for value in (one.images, one.forged_images, one.faces, one.fake)]
        for split, one in facts.splits.items()
    }
    rows |= {f"{split} (hidden)": [str(n), "?", "?", "?"] for split, n in facts.hidden.items()}
    note = "Splits share no photograph, no donor, no group of photographs and no near-duplicate."
    head = ("split", "images", "with a forgery", "faces", "forged")
    return f"## Splits\n\n{table(head, rows)}\n\n{note}"


def _load(facts: Facts) -> str:
    hidden = "".join(
        f"\nhidden/{split}/ holds the pictures and the manifest of {split}; its labels are kept "
        "back, and its pictures carry no mark."
        for split in facts.hidden
    )
    return f"""
## Load

```python
from datasets import load_dataset

load_dataset("path/to/this/folder")                            # Parquet
load_dataset("imagefolder", data_dir="path/to/this/folder/images")   # pictures as files
```

`annotations/<split>.json` are COCO instances for pycocotools and every tool that reads COCO.
Check the download with `sha256sum -c SHA256SUMS`.
{hidden}"""


def _fields() -> str:
    rows = {
        "image_id": ["stable: never given to another image"],
        "licence, credit": ["of the photographs that the image shows, donors included"],
        "objects.bbox": ["x, y, width, height in pixels: the tight box of the mask"],
        "objects.categories": ["0 real, 1 fake"],
        "objects.segmentation": ["visible face region: compressed COCO run lengths, lossless"],
        "objects.manipulation": ["changed pixels; a mask without pixels for a real face"],
        "objects.boundary": ["the band along the edge of manipulation; likewise"],
        "objects.keypoints": ["x, y, v of 68 landmarks"],
        "objects.method": ["name of the method, empty for a real face"],
    }
    note = "A mask decodes with `pycocotools.mask.decode(mask)`."
    return f"## Fields\n\n{table(('field', 'content'), rows)}\n\n{note}"


def _methods(facts: Facts) -> str:
    rows = {name: [version, str(n)] for name, (version, n) in facts.methods.items()}
    return f"## Forgeries\n\n{table(('method', 'version', 'faces'), rows)}" if rows else ""


def _marks(facts: Facts) -> str:
    if facts.purpose == "evaluation":
        return (
            "## Marks\n\nThese copies are for evaluation: no metadata tells a forged picture from "
            "a pristine one. Do not publish single pictures of them without a mark."
        )
    rows = {term: [TERMS[term], str(count)] for term, count in facts.marks.items()}
    head = ("digital source type", "which says", "images")
    return f"""
## Marks

Each picture of the open splits carries its IPTC digital source type in XMP
(`Iptc4xmpExt:DigitalSourceType`, {SCHEME}…), its licences and its credit.

{table(head, rows)}

The mark gives the label away: drop metadata before training, which decoding to pixels does, and
score on the evaluation copies only.
"""


def _licences(about: About, facts: Facts) -> str:
    rows = {name: [str(count)] for name, count in facts.licences.items()}
    whole = f"Annotations and collection: {about.licence}.\n\n" if about.licence else ""
    duties = "".join(f"\n- {text}" for text in cautions(facts.licences))
    head = ("licence, as the source states it", "photographs")
    return f"""
## Licences and credits

{whole}{table(head, rows)}

Photographs keep their licences; faces in them were altered. `{CREDITS}` names every photograph
with its licence and origin, and the images that show it.
{duties}"""


def _people(about: About, facts: Facts) -> str:
    texts = statements(about, facts)
    return f"## People\n\n{texts['personalSensitiveInformation']}\n\n{texts['dataSocialImpact']}"


def _limits(about: About, facts: Facts) -> str:
    texts = statements(about, facts)
    parts = (texts["dataUseCases"], texts["dataLimitations"], texts["dataBiases"])
    return "## Use, limits, biases\n\n" + "\n\n".join(parts)


def _withdrawal(facts: Facts) -> str:
    if not facts.withdrawn:
        return ""
    return (
        f"## Withdrawn\n\n{facts.withdrawn} photographs were withdrawn with everything made from "
        "them; `tombstones.jsonl` names hashes and image ids. Delete them from your copies."
    )


def _citation(about: About) -> str:
    return f"## Citation\n\n```bibtex\n{about.citation}\n```" if about.citation else ""


_FILES: Final = f"""
## Files

- `images/<split>/`: pictures, and `metadata.jsonl` with their boxes, categories and masks
- `{PARQUET}/`: the same in one
- `annotations/<split>.json`: COCO instances
- `provenance/<split>.jsonl`: photograph, donors, method, parameters of each face
- `manifest.json`: id, file, size, SHA-256 and split of each image, without labels
- `DATASHEET.md`, `croissant.json`: the datasheet; the description for machines
- `{CREDITS}`, `SHA256SUMS`, `release.json`
"""


def table(head: tuple[str, ...], rows: Mapping[str, list[str]]) -> str:
    """A Markdown table; a bar in a cell does not end it."""
    lines = [head, ("---",) * len(head), *((name, *cells) for name, cells in rows.items())]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )
