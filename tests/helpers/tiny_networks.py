"""Tiny networks with known effects, written to files as the big ones are."""

import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
LATENT = 8
EMBEDDING = 6


def save(path, nodes, inputs, outputs, stored=(), types=None):
    """An ONNX file; inputs and outputs are name → shape, a text for a free side."""

    def infos(sides):
        return [
            helper.make_tensor_value_info(name, (types or {}).get(name, TensorProto.FLOAT), shape)
            for name, shape in sides.items()
        ]

    kept = [
        numpy_helper.from_array(np.asarray(value), name) for name, value in dict(stored).items()
    ]
    graph = helper.make_graph(nodes, "tiny", infos(inputs), infos(outputs), kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def node(operator, inputs, outputs, **attributes):
    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)


def picture(side=SIDE, batch="n"):
    return [batch, 3, side, side]


def plain(path, operator="Identity", side=SIDE, batch="n"):
    """Picture in, picture out: "Identity" returns it, "Neg" inverts its colours."""
    shape = picture(side, batch)
    return save(path, [node(operator, "image", "out")], {"image": shape}, {"out": shape})


def conditioned(path, batch="n"):
    """Adds three numbers to the three channels."""
    nodes = [
        node("Reshape", "condition sides", "step"),
        node("Add", "image step", "out"),
    ]
    inputs = {"image": picture(batch=batch), "condition": [batch, 3]}
    stored = {"sides": np.array([-1, 3, 1, 1], np.int64)}
    return save(path, nodes, inputs, {"out": picture(batch=batch)}, stored)


def embedder(path, side=SIDE, length=EMBEDDING):
    """The mean colour of each half of a picture: six numbers."""
    nodes = [
        node("AveragePool", "face", "halves", kernel_shape=[side // 2, side], strides=[side, side]),
        node("GlobalAveragePool", "face", "whole"),
        node("Flatten", "halves", "upper"),
        node("Flatten", "whole", "all"),
        node("Concat", "upper all", "numbers", axis=1),
        node("MatMul", "numbers mixing", "out"),
    ]
    mixing = np.random.default_rng(0).normal(size=(6, length)).astype(np.float32)
    sides = {"face": picture(side)}
    return save(path, nodes, sides, {"out": ["n", length]}, {"mixing": mixing})


def swapper(path, length=EMBEDDING, batch="n", emap=False):
    """Half the target, tinted and given bars by the embedding."""
    rng = np.random.default_rng(3)
    bars = rng.normal(size=(length, 3 * SIDE)).astype(np.float32)
    nodes = [
        node("MatMul", "source bars", "flat"),
        node("Reshape", "flat sides", "rows"),
        node("Mul", "rows share", "tint"),
        node("Mul", "target half", "base"),
        node("Add", "base tint", "sum"),
        node("Tanh", "sum", "out"),
    ]
    stored = {
        "bars": bars,
        "sides": np.array([-1, 3, SIDE, 1], np.int64),
        "share": np.float32(0.25),
        "half": np.float32(0.5),
    }
    if emap:
        # The mixing that inswapper keeps beside its weights, last and used by no node.
        stored["emap"] = rng.normal(size=(length, length)).astype(np.float32)
    inputs = {"target": picture(batch=batch), "source": [batch, length]}
    return save(path, nodes, inputs, {"out": picture(batch=batch)}, stored)


def generator(path, truncation=None, constant=None):
    """Smooth blobs from latent numbers; ``constant`` (3, S, S) adds them to a picture.

    ``truncation`` is the shape of a second input that scales the latent numbers.
    """
    side = SIDE if constant is None else constant.shape[1]
    rng = np.random.default_rng(5)
    coarse = rng.normal(size=(LATENT, 3 * 4 * 4)).astype(np.float32)
    base = np.zeros((3, 1, 1), np.float32) if constant is None else constant.astype(np.float32)
    nodes = [
        node("MatMul", "latents coarse", "flat"),
        node("Reshape", "flat sides", "small"),
        node("Resize", "small  scales", "large", mode="linear"),
        node("Mul", "large share", "soft"),
        node("Add", "soft base", "out"),
    ]
    nodes[2] = helper.make_node("Resize", ["small", "", "scales"], ["large"], mode="linear")
    inputs = {"z": ["n", LATENT]}
    if truncation is None:
        nodes.insert(0, node("Identity", "z", "latents"))
    else:
        inputs["psi"] = truncation
        nodes[:0] = [node("Reshape", "psi column", "factor"), node("Mul", "z factor", "latents")]
    stored = {
        "coarse": coarse,
        "sides": np.array([-1, 3, 4, 4], np.int64),
        "scales": np.array([1, 1, side / 4, side / 4], np.float32),
        "share": np.float32(0.25 if constant is None else 0.02),
        "base": base,
        "column": np.array([-1, 1], np.int64),
    }
    if truncation is None:
        del stored["column"]
    return save(path, nodes, inputs, {"out": picture(side)}, stored)


def keypoints(path, points=68):
    """Moves the picture by the mean of driving less source, in units from -1 to 1."""
    ramp = np.linspace(-1, 1, SIDE, dtype=np.float32)
    grid = np.stack(np.meshgrid(ramp, ramp), axis=-1)[None]
    nodes = [
        node("Sub", "kp_source kp_driving", "step"),
        node("ReduceMean", "step", "mean", axes=[1], keepdims=1),
        node("Reshape", "mean sides", "shift"),
        node("Add", "grid shift", "places"),
        node("GridSample", "image places", "out", align_corners=1, padding_mode="border"),
    ]
    inputs = {
        "image": picture(),
        "kp_driving": ["n", points, 2],
        "kp_source": ["n", points, 2],
    }
    stored = {"grid": grid, "sides": np.array([-1, 1, 1, 2], np.int64)}
    return save(path, nodes, inputs, {"out": picture()}, stored)


def driven(path):
    """Half the source picture and half the driving one."""
    nodes = [
        node("Add", "source_image driving_image", "sum"),
        node("Mul", "sum half", "out"),
    ]
    inputs = {"source_image": picture(), "driving_image": picture()}
    return save(path, nodes, inputs, {"out": picture()}, {"half": np.float32(0.5)})


def torchscript(path):
    """A generator as TorchScript: blobs from latent numbers."""
    import torch

    class Blobs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.dense = torch.nn.Linear(LATENT, 3 * 4 * 4)
            self.up = torch.nn.Upsample(scale_factor=SIDE / 4, mode="bilinear")

        def forward(self, z, c: float = 0.0):
            return torch.tanh(self.up(self.dense(z).reshape(-1, 3, 4, 4))) + c

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.script(Blobs()).save(str(path))
    return path


def inpainting(folder):
    """A Stable Diffusion inpainting pipeline of a few thousand random numbers, as a folder."""
    import json

    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionInpaintPipeline
    from diffusers import UNet2DConditionModel as Unet
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    words = folder.parent / "words"
    words.mkdir(parents=True)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    tokens = [*letters, *(f"{one}</w>" for one in letters), "<|startoftext|>", "<|endoftext|>"]
    (words / "vocab.json").write_text(json.dumps({one: n for n, one in enumerate(tokens)}))
    (words / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(
        str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=16
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokens), hidden_size=16, intermediate_size=24, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=16,
            bos_token_id=len(tokens) - 2, eos_token_id=len(tokens) - 1, pad_token_id=1,
        )
    )  # fmt: skip
    autoencoder = AutoencoderKL(
        block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip
    unet = Unet(
        sample_size=SIDE // 2, in_channels=9, out_channels=4, layers_per_block=1,
        block_out_channels=(8, 16), norm_num_groups=4, cross_attention_dim=16,
        attention_head_dim=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    pipeline = StableDiffusionInpaintPipeline(
        vae=autoencoder, text_encoder=text, tokenizer=tokenizer, unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(str(folder))
    return folder
