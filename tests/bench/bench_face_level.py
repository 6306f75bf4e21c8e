"""What the layout of the faces and 16 bits are worth to networks that judge single faces.

Twelve faces of one size, judged by each network on one thread: as a picture is laid out,
with the channels of a pixel together (as ``crop`` gives them), and so in bfloat16, which
only pays on a processor that multiplies it.
"""

import contextlib

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.network import predicting
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.fitting import build_network

pytestmark = pytest.mark.usefixtures("one_thread")

FACES = 12
WAYS = {
    "planes": (torch.contiguous_format, None),
    "pixels": (torch.channels_last, None),
    "pixels-bf16": (torch.channels_last, torch.bfloat16),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [row.name for row in BASELINES.values() if row.face_level])
def test_judging_faces(benchmark, name, way):
    row = BASELINES[name]
    network = build_network(row, row.parameters(), seed=0)
    layout, bits = WAYS[way]
    faces = torch.rand(FACES, 3, network.side, network.side) * 255
    faces = faces.contiguous(memory_format=layout)
    narrow = torch.autocast("cpu", bits) if bits else contextlib.nullcontext()
    benchmark.group = name
    with predicting(network), narrow:
        benchmark.pedantic(network.judge, (faces,), rounds=5, warmup_rounds=1)
