from dataclasses import replace

import numpy as np
import pytest
from manyfaces.generators.analysis.traits import PATCHES, Traits
from manyfaces.generators.donors import TWIN, choose_donors, differences, donor_cost

SKIN = (60.0, 14.0, 16.0)
FACE = Traits(
    eyes=60.0, yaw=0.0, pitch=5.0, roll=0.0, mouth_open=0.1, mouth_width=0.6, eyes_open=0.1,
    patches=(SKIN,) * len(PATCHES), glasses=0.05, veil=5.0, sharpness=0.2, confidence=1.0,
    occluded=0.0,
)  # fmt: skip


def test_a_twin_fits_best():
    assert donor_cost(FACE, FACE) == 0
    turned = replace(FACE, yaw=8.0)
    assert choose_donors(np.random.default_rng(0), FACE, [turned] * 9, 3)[0] in range(9)
    assert 0 < donor_cost(FACE, turned) < np.inf


@pytest.mark.parametrize(
    "donor",
    [
        replace(FACE, yaw=40.0),
        replace(FACE, pitch=-20.0),
        replace(FACE, mouth_open=0.4),
        replace(FACE, glasses=1.5),
        replace(FACE, eyes=30.0),
        replace(FACE, sharpness=0.05),
        replace(FACE, patches=((25.0, 14.0, 16.0),) * len(PATCHES)),
        replace(FACE, patches=((60.0, 0.0, 0.0),) * len(PATCHES)),
        replace(FACE, patches=(*(SKIN,) * 7, (30.0, 5.0, 5.0))),
    ],
    ids=["profile", "looking down", "shouting", "glasses", "tiny", "blurred", "darker skin",
         "black and white", "bearded"],
)  # fmt: skip
def test_a_face_that_does_not_fit_is_never_a_donor(donor):
    assert donor_cost(FACE, donor) == np.inf
    assert choose_donors(np.random.default_rng(0), FACE, [donor], 3) == []


def test_every_limit_has_a_measurement():
    assert set(TWIN.limits) == set(differences(FACE, FACE))


def test_traits_survive_json():
    assert Traits.from_json(FACE.to_json()) == FACE
