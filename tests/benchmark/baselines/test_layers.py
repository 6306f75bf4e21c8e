"""The networks that judge single faces, layer by layer, against what is published.

Source of kernels, strides and channels is the code that each paper's authors released:
``classifiers.py`` of DariusAf/MesoNet (Afchar et al., WIFS 2018); ``model.py`` of
nii-yamagishilab/Capsule-Forensics (Nguyen et al., ICASSP 2019) and, for ten capsules,
``model_big.py`` of Capsule-Forensics-v2 (arXiv 1910.12467); ``model/ae.py`` of
nii-yamagishilab/ClassNSeg (Nguyen et al., BTAS 2019). Numbers of weights follow: kernel
area · in · out + out of a convolution, 2 · channels of a batch normalisation, in · out + out
of a dense layer. The papers state the sums of the two MesoNets.
"""

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.table import BASELINES

MESO4 = [
    ("Conv2d", (8, 256, 256), 3 * 3 * 3 * 8 + 8),
    ("BatchNorm2d", (8, 256, 256), 16),
    ("MaxPool2d", (8, 128, 128), 0),
    ("Conv2d", (8, 128, 128), 5 * 5 * 8 * 8 + 8),
    ("BatchNorm2d", (8, 128, 128), 16),
    ("MaxPool2d", (8, 64, 64), 0),
    ("Conv2d", (16, 64, 64), 5 * 5 * 8 * 16 + 16),
    ("BatchNorm2d", (16, 64, 64), 32),
    ("MaxPool2d", (16, 32, 32), 0),
    ("Conv2d", (16, 32, 32), 5 * 5 * 16 * 16 + 16),
    ("BatchNorm2d", (16, 32, 32), 32),
    ("MaxPool2d", (16, 8, 8), 0),
    ("Flatten", (1024,), 0),
    ("Linear", (16,), 1024 * 16 + 16),
    ("Linear", (1,), 16 + 1),
]


def inception(inside, alone, plain, wide, wider, side):
    """The seven convolutions of an inception module, branch by branch."""
    rows = [("Conv2d", (alone, side, side), inside * alone + alone)]
    for width in (plain, wide, wider):
        rows.append(("Conv2d", (width, side, side), inside * width + width))
        rows.append(("Conv2d", (width, side, side), 3 * 3 * width * width + width))
    return rows


MESO_INCEPTION4 = [
    *inception(3, 1, 4, 4, 2, 256),
    ("BatchNorm2d", (11, 256, 256), 22),
    ("MaxPool2d", (11, 128, 128), 0),
    *inception(11, 2, 4, 4, 2, 128),
    ("BatchNorm2d", (12, 128, 128), 24),
    ("MaxPool2d", (12, 64, 64), 0),
    ("Conv2d", (16, 64, 64), 5 * 5 * 12 * 16 + 16),
    *MESO4[7:],
]

# VGG-19, configuration E of Simonyan and Zisserman, ICLR 2015, up to the third pooling.
VGG = [
    (3, 64, 1), (64, 64, 1), "pool", (64, 128, 2), (128, 128, 2), "pool",
    (128, 256, 4), (256, 256, 4), (256, 256, 4), (256, 256, 4), "pool",
]  # fmt: skip


def vgg(side):
    rows, last = [], 0
    for row in VGG:
        if row == "pool":
            side, rows = side // 2, [*rows, ("MaxPool2d", (last, side // 2, side // 2), 0)]
        else:
            inside, last, _ = row
            rows.append(("Conv2d", (last, side, side), 3 * 3 * inside * last + last))
    return rows


def primary(side):
    """One primary capsule on features of VGG-19, each a row of 16 means and 16 deviations."""
    return [
        ("Conv2d", (64, side, side), 3 * 3 * 256 * 64 + 64),
        ("BatchNorm2d", (64, side, side), 128),
        ("Conv2d", (16, side, side), 3 * 3 * 64 * 16 + 16),
        ("BatchNorm2d", (16, side, side), 32),
        ("Statistics", (2, 16), 0),
        ("Conv1d", (8, 8), 5 * 2 * 8 + 8),
        ("BatchNorm1d", (8, 8), 16),
        ("Conv1d", (1, 8), 3 * 8 * 1 + 1),
        ("BatchNorm1d", (1, 8), 2),
        ("Flatten", (8,), 0),
    ]


def capsules(count, side):
    routed = ("Routing", (2, 4), 2 * count * 4 * 8)
    return [*vgg(side), *(count * primary(side // 8)), routed]


def normed(kind, inside, outside, side):
    return [
        (kind, (outside, side, side), 3 * 3 * inside * outside + outside),
        ("BatchNorm2d", (outside, side, side), 2 * outside),
    ]


def chain(kind, steps):
    """Layers with their normalisations: (in, out, side of what comes out) each."""
    return [row for step in steps for row in normed(kind, *step)]


BRANCH = chain("ConvTranspose2d", [(32, 16, 64), (16, 16, 128), (16, 8, 128), (8, 8, 256)])
MULTITASK = [
    *chain(
        "Conv2d",
        [
            (3, 8, 256), (8, 8, 128), (8, 16, 128), (16, 16, 64), (16, 32, 64),
            (32, 32, 32), (32, 64, 32), (64, 64, 16), (64, 128, 16),
        ],
    ),
    *chain("ConvTranspose2d", [(128, 64, 16), (64, 64, 32), (64, 32, 32), (32, 32, 64)]),
    *BRANCH,
    ("ConvTranspose2d", (2, 256, 256), 3 * 3 * 8 * 2 + 2),
    *BRANCH,
    ("ConvTranspose2d", (3, 256, 256), 3 * 3 * 8 * 3 + 3),
]  # fmt: skip

# Baseline, its parameters, its layers without activations and dropout, all weights.
PUBLISHED = [
    pytest.param("mesonet", {}, MESO4, 27_977, id="Meso-4"),
    pytest.param(
        "mesonet", {"variant": "inception4"}, MESO_INCEPTION4, 28_615, id="MesoInception-4"
    ),
    pytest.param("capsule", {}, capsules(3, 128), 2_796_889, id="3 capsules"),
    pytest.param(
        "capsule", {"capsules": 10, "side": 300}, capsules(10, 300), 3_896_638, id="10 capsules"
    ),
    pytest.param("multitask", {}, MULTITASK, 304_949, id="Y-shaped autoencoder"),
]
QUIET = {"ReLU", "LeakyReLU", "Dropout", "RoutingNoise"}


def layers(network, side):
    """Type, output shape and number of weights of each layer, as a face meets them."""
    rows = []

    def note(module, _, out):
        if type(module).__name__ not in QUIET:
            count = sum(value.numel() for value in module.parameters())
            rows.append((type(module).__name__, tuple(out.shape[1:]), count))

    for module in network.modules():
        # Routing has weights of its own beside its noise and dropout.
        if not list(module.children()) or list(module.parameters(recurse=False)):
            module.register_forward_hook(note)
    with torch.no_grad():
        network.eval().judge(torch.zeros(1, 3, side, side))
    return rows


@pytest.mark.parametrize(("name", "values", "published", "weights"), PUBLISHED)
def test_each_layer_is_as_published(name, values, published, weights):
    parameters = BASELINES[name].parameters(**values)
    network = BASELINES[name].build(parameters)
    assert layers(network, parameters.side) == published
    assert sum(value.numel() for value in network.parameters()) == weights
    assert sum(count for _, _, count in published) == weights


def test_the_branches_of_an_inception_module_have_dilations_of_1_2_and_3():
    network = BASELINES["mesonet"].build(BASELINES["mesonet"].parameters(variant="inception4"))
    kernels = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    dilations = [m.dilation[0] for m in kernels if m.kernel_size == (3, 3)]
    assert dilations == [1, 2, 3, 1, 2, 3]
