"""Networks of any framework: inputs found, batches filled, faults named."""

from pathlib import Path

import numpy as np
import pytest
import tiny_networks
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.core.errors import DataError, UsageError
from manyfaces.generators.learned.config import Tensors
from manyfaces.generators.learned.network import Input, assign, open_network
from manyfaces.generators.learned.onnx_network import last_initializer

PICTURE = (3, tiny_networks.SIDE, tiny_networks.SIDE)


def opened(path, samples=None, optional=None, device="cpu", **fields):
    config = Tensors(network=str(path), size=tiny_networks.SIDE, template="ffhq", **fields)
    return open_network(config, samples or {"image": PICTURE}, optional or {}, device)


def named(inputs, samples, optional=None, told=None):
    return assign(
        Path("n"), [Input(*entry) for entry in inputs], samples, optional or {}, told or {}
    )


def test_inputs_are_found_by_name_then_by_shape_then_by_order():
    picture, numbers = (None, 3, 8, 8), (None, 5)
    samples = {"image": (3, 8, 8), "embedding": (5,)}
    wanted = {"image": "image", "embedding": "embedding"}
    assert named([("embedding", numbers), ("image", picture)], samples) == wanted
    wanted = {"image": "x", "embedding": "w"}
    assert named([("w", numbers), ("x", picture)], samples) == wanted
    assert named([("x", None), ("w", None)], samples) == wanted
    two = {"image": (3, 8, 8), "driving": (3, 8, 8)}
    told = {"image": "second"}
    inputs = [("first", picture), ("second", picture)]
    assert named(inputs, two, told=told) == {"image": "second", "driving": "first"}


def test_an_optional_input_is_filled_only_where_the_network_needs_it():
    samples, optional = {"latent": (8,)}, {"truncation": ()}
    assert named([("z", (None, 8))], samples, optional) == {"latent": "z"}
    both = [("z", (None, 8)), ("psi", (None,))]
    assert named(both, samples, optional) == {"latent": "z", "truncation": "psi"}
    free = [("z", None, True), ("psi", None, False)]
    assert named(free, samples, optional) == {"latent": "z"}


@pytest.mark.parametrize(
    ("inputs", "told", "words"),
    [
        ([("x", (None, 3, 8, 8))], {"imag": "x"}, "named wrongly"),
        ([("x", (None, 3, 8, 8))], {"image": "y"}, "named wrongly"),
        ([], {}, "no input for the image"),
        ([("x", (None, 3, 9, 9))], {}, "does not take the image"),
        ([("x", (None, 3, 8, 8)), ("y", (None, 2))], {}, "asks for more"),
    ],
)
def test_inputs_that_do_not_fit_are_named(inputs, told, words):
    with pytest.raises(UsageError, match=words):
        named(inputs, {"image": (3, 8, 8)}, told=told)


@given(count=st.integers(1, 7), batch=st.sampled_from(["n", 1, 2, 4]))
def test_any_number_of_faces_goes_through_any_batch(tmp_path_factory, count, batch):
    path = tmp_path_factory.mktemp("batch") / "plain.onnx"
    network = opened(tiny_networks.plain(path, "Neg", batch=batch))
    values = np.random.default_rng(count).normal(size=(count, *PICTURE)).astype(np.float32)
    assert np.array_equal(network.run({"image": values}), -values)


def test_torchscript_answers_as_onnx_does(tmp_path):
    torch = pytest.importorskip("torch", reason="the learned extra is not installed")
    network = opened(
        tiny_networks.torchscript(tmp_path / "blobs.pt"), {"latent": (tiny_networks.LATENT,)}
    )
    assert network.names == {"latent": "z"}
    latent = np.random.default_rng(0).normal(size=(3, tiny_networks.LATENT)).astype(np.float32)
    threads = torch.get_num_threads()
    answer = network.run({"latent": latent})
    assert answer.shape == (3, *PICTURE)
    assert torch.get_num_threads() == threads
    np.testing.assert_allclose(answer[1:2], network.run({"latent": latent[1:2]}), atol=1e-6)


def test_a_network_that_fails_says_why_in_one_line(tmp_path):
    pytest.importorskip("torch", reason="the learned extra is not installed")
    network = opened(tiny_networks.torchscript(tmp_path / "blobs.pt"), {"latent": (3,)})
    with pytest.raises(DataError, match="the network fails") as caught:
        network.run({"latent": np.zeros((1, 3), np.float32)})
    assert "shape" in str(caught.value.got)
    assert "\n" not in str(caught.value.got)


@pytest.mark.parametrize("name", ["broken.onnx", "broken.pt"])
def test_a_broken_file_is_one_sentence(tmp_path, name):
    pytest.importorskip("torch", reason="the learned extra is not installed")
    path = tmp_path / name
    path.write_bytes(b"no network")
    with pytest.raises(DataError, match="cannot be read"):
        opened(path)


def test_other_files_are_not_run(tmp_path):
    path = tmp_path / "weights.pkl"
    path.write_bytes(b"")
    with pytest.raises(UsageError, match="no kind that can be run"):
        opened(path)


def test_a_gpu_that_is_asked_for_and_not_there_is_an_error(tmp_path):
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine's onnxruntime has a GPU")
    with pytest.raises(UsageError, match="none can be used"):
        opened(tiny_networks.plain(tmp_path / "a.onnx"), device="cuda")


def test_an_unknown_output_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(UsageError, match="no output") as caught:
        opened(tiny_networks.plain(tmp_path / "a.onnx"), output="picture")
    assert "out" in str(caught.value.expected)


def test_the_matrix_that_inswapper_keeps_is_its_last_initializer(tmp_path):
    path = tiny_networks.swapper(tmp_path / "s.onnx", emap=True)
    assert last_initializer(path).shape == (tiny_networks.EMBEDDING, tiny_networks.EMBEDDING)
    with pytest.raises(UsageError, match="keeps no matrix"):
        last_initializer(tiny_networks.plain(tmp_path / "p.onnx"))
