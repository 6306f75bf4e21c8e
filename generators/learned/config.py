"""What a recipe says of a network: one small model for each kind of learned method.

Nothing here imports a framework: a recipe is read without any of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
TemplateName = Literal["ffhq", "arcface", "arcface-128", "arcface-v1", "box"]
Values = Literal["unit", "signed", "imagenet", "bytes"]
Device = Literal["auto", "cpu", "cuda"]


def _rising(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError("two numbers, the smaller one first")
    return span


Portion = Annotated[float, Field(ge=0, le=1)]
Span = Annotated[tuple[Portion, Portion], AfterValidator(_rising)]
Guidance = Annotated[float, Field(ge=0, le=30)]
GuidanceSpan = Annotated[tuple[Guidance, Guidance], AfterValidator(_rising)]
Prompt = Annotated[str, Field(min_length=1, max_length=1000)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Crop(_Model):
    """A network's file, and the crop of a face that it works on.

    Args:
        network: a file, or a folder for a diffusion pipeline: absolute, or looked for from
            the current folder, in ``$MANYFACES_MODELS`` and in the user's cache.
        sha256: of the file; another one is refused. Where it is left out, the file's own
            is written down all the same.
        size: pixels of the square crop.
        template: how a face lies in the crop; see ``templates``.
        margin: of ``box``: share of the face's size on each side.
    """

    network: str = Field(min_length=1)
    sha256: Sha256 | None = None
    size: int = Field(ge=16, le=2048)
    template: TemplateName
    margin: float = Field(default=0.35, ge=0, le=2)


class Tensors(Crop):
    """A network that takes arrays of numbers.

    Args:
        values: of a channel: "unit" 0 to 1, "signed" -1 to 1, "imagenet" with ImageNet's
            mean 0 and deviation 1, "bytes" 0 to 255.
        output_values: likewise of the picture that comes out; as ``values`` by default.
        channels: their order.
        axes: "nchw", or "nhwc" as in networks of TensorFlow.
        inputs: what goes in → the network's own name of that input. Inputs that are not
            named are found by their names, shapes and order.
        output: name of the output that is used; the first one by default. TorchScript
            has no names.
    """

    values: Values = "signed"
    output_values: Values | None = None
    channels: Literal["rgb", "bgr"] = "rgb"
    axes: Literal["nchw", "nhwc"] = "nchw"
    inputs: dict[str, str] = Field(default_factory=dict)
    output: str | None = None


class Placing(_Model):
    """Which faces a method is for, and how its crop goes back.

    Args:
        device: "auto" takes a GPU where there is one. Another device gives other bytes, so
            it is part of a build's identity.
        light: share of the photograph's light that the crop takes, drawn from this span.
        strength: opacity of the change, drawn from this span.
        enlarge: faces that the network's picture would be enlarged for by more than this
            are left to other methods.
        max_yaw: degrees; faces turned further are left to other methods.
    """

    device: Device = "auto"
    light: Span = (0.0, 0.0)
    strength: Span = (1.0, 1.0)
    enlarge: float = Field(default=1.6, ge=1, le=16)
    max_yaw: float = Field(default=35.0, ge=0, le=90)


class NetworkMethod(Tensors, Placing):
    """A method of one network that gives a picture of a face."""


class GeneratorConfig(NetworkMethod):
    """Entire face synthesis: latent numbers in, an aligned face out.

    Args:
        latent: how many normally distributed numbers.
        truncation: drawn from this span; an input of that name gets it, else the latent
            numbers are scaled by it.
    """

    kind: Literal["generator"]
    size: int = Field(default=1024, ge=16, le=2048)
    template: TemplateName = "ffhq"
    light: Span = (0.9, 1.0)
    latent: int = Field(default=512, ge=1, le=65536)
    truncation: Span = (0.6, 0.9)


class InpaintingConfig(Crop, Placing):
    """Entire face synthesis: a diffusion pipeline paints the face anew.

    Args:
        prompts: one of them is drawn.
        negative: what the picture shall not show; empty for nothing.
        steps: of the diffusion.
        guidance: how closely it follows the prompt, drawn from this span.
        noise: how much of the face is forgotten (``strength`` in diffusers), drawn from
            this span.
        area: "face", or "inner" around the features.
    """

    kind: Literal["inpainting"]
    size: Annotated[int, Field(multiple_of=8)] = Field(default=512, ge=16, le=2048)
    template: TemplateName = "ffhq"
    light: Span = (0.2, 0.5)
    prompts: tuple[Prompt, ...] = Field(default=("a photograph of a person's face",), min_length=1)
    negative: str = ""
    steps: int = Field(default=30, ge=1, le=1000)
    guidance: GuidanceSpan = (5.0, 8.0)
    noise: Annotated[tuple[Portion, Portion], AfterValidator(_rising)] = (0.6, 0.95)
    area: Literal["face", "inner"] = "face"


class ImageToImageConfig(NetworkMethod):
    """Attribute manipulation: an aligned face in, the same face changed out.

    Args:
        conditions: name → numbers for the network's second input; one of them is drawn.
        paste: "change" adds what the network changed to the photograph, whose detail it
            keeps; "crop" puts the network's picture in its place.
    """

    kind: Literal["image-to-image"]
    size: int = Field(default=256, ge=16, le=2048)
    template: TemplateName = "ffhq"
    conditions: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    paste: Literal["change", "crop"] = "change"


class KeypointsConfig(NetworkMethod):
    """Facial reenactment: a face and where its points shall be in, the moved face out.

    Args:
        driving: what the network is told: the 68 "landmarks" or "five" points, (K, 2) x, y,
            of the face with the donor's expression; or the donor's own aligned "picture".
        unit: of the points: "signed" -1 to 1 over the crop, "unit" 0 to 1, or "pixels".
    """

    kind: Literal["keypoints"]
    size: int = Field(default=256, ge=16, le=2048)
    template: TemplateName = "box"
    values: Values = "unit"
    light: Span = (0.0, 0.3)
    driving: Literal["landmarks", "five", "picture"] = "landmarks"
    unit: Literal["signed", "unit", "pixels"] = "signed"


class EmbedderConfig(Tensors):
    """What turns a donor's face into numbers; alone, a path stands for the whole of it."""

    size: int = Field(default=112, ge=16, le=2048)
    template: TemplateName = "arcface"


def _from_path(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds; pydantic checks it
    return {"network": value} if isinstance(value, str) else value


class SwapperConfig(NetworkMethod):
    """Face swap: an aligned face and a donor's embedding in, the swapped face out.

    Args:
        embedder: the network of the embedding.
        normalise: scale the embedding to length 1.
        projection: "last-initializer" multiplies it by the matrix that inswapper keeps as
            the last initializer of its ONNX file.
    """

    kind: Literal["swapper"]
    size: int = Field(default=128, ge=16, le=2048)
    template: TemplateName = "arcface"
    light: Span = (0.3, 0.6)
    embedder: Annotated[EmbedderConfig, BeforeValidator(_from_path)]
    normalise: bool = True
    projection: Literal["none", "last-initializer"] = "none"


LearnedMethod = Annotated[
    GeneratorConfig | InpaintingConfig | ImageToImageConfig | KeypointsConfig | SwapperConfig,
    Field(discriminator="kind"),
]
