"""How well forgeries sit in real photographs: medians of their measurements, method by method.

Each method forges faces at least 100 pixels wide in the photographs of ``../shared``, under the
gates of a build; the first 40 are measured as the gates measured them: ``tone`` (ΔE that the
colour just inside the seam moved against the ring outside, which did not), ``sharpness``
(against the photograph's own), ``landmarks`` (their distance, as the mesh network sees them,
from where the method means them to be, in per cent of the eye distance).
"""

import os

import numpy as np
import pytest
from manyfaces.core.files import read_json_lines
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.methods.table import GENERATORS
from manyfaces.generators.photo_folder import PhotoFolder
from manyfaces.generators.recipe import Recipe

FACES = 40
TONE, SHARP, SHIFT = 1.0, (0.9, 1.1), 2.0  # ΔE, ratio, per cent of the eye distance


@pytest.fixture(scope="module")
def measured(shared, tmp_path_factory):
    """Where measured faces are kept, so that every method but the first only forges."""
    os.environ["MANYFACES_MODELS"] = str(shared / "models")
    return shared / "photos" / "open", tmp_path_factory.mktemp("analyses")


def gates(measured, name, out):
    """Gate → its values over the first 40 forgeries."""
    folder, kept = measured
    recipe = Recipe(
        seed=3, methods={name: 1.0}, pristine=0.0, forged=1.0, min_face=100, splits={"all": 1.0}
    )
    build_dataset(PhotoFolder(folder), out, recipe, options=Options(workers=1, analyses=kept))
    rows = [row for row in read_json_lines(out / "provenance" / "all.jsonl") if row["method"]]
    values = {}
    for row in rows[:FACES]:
        for gate in row["gates"]:
            values.setdefault(gate["name"], []).append(gate["value"])
    return values


@pytest.mark.parametrize("name", GENERATORS)
def test_forgeries_sit_in_their_photographs(benchmark, measured, name, tmp_path):
    found = benchmark.pedantic(lambda: gates(measured, name, tmp_path / "dataset"), rounds=1)
    tone, sharp = (float(np.median(found[gate])) for gate in ("tone", "sharpness"))
    shift = 100 * float(np.median(found["landmarks"]))
    print(
        f"\n{name:13} n {len(found['tone']):2}  tone {tone:4.2f}  sharpness {sharp:4.2f}  "
        f"landmarks {shift:3.1f} %"
    )
    missed = [
        *(["tone"] if tone > TONE else []),
        *(["sharpness"] if not SHARP[0] <= sharp <= SHARP[1] else []),
        *(["landmarks"] if shift > SHIFT else []),
    ]
    benchmark.extra_info.update(tone=tone, sharpness=sharp, landmarks=shift, missed=missed)
