"""The camera: exposure, white balance, vignette, sharpness, grain and its JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...core.images import Rgb, decode_image
from .fields import F32, blurred
from .shading import display


@dataclass(frozen=True, slots=True)
class Camera:
    """How a picture is taken.

    Args:
        exposure: factor on the light.
        balance: factors on red and blue.
        vignette: loss of light in the corners.
        soft: blur in pixels of a picture 768 wide.
        grain: noise at full light, as a share of it.
        quality: of the JPEG that the camera writes; ``subsampled`` its chroma 4:2:0.
        seed: of the grain.
    """

    exposure: float
    balance: tuple[float, float]
    vignette: float
    soft: float
    grain: float
    quality: int
    subsampled: bool
    seed: int


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera: mostly good, some dim, soft, noisy or hard compressed."""
    poor = float(rng.beta(1.2, 3.5))
    return Camera(
        exposure=float(np.exp(rng.normal(0.0, 0.12))),
        balance=(float(np.exp(rng.normal(0, 0.045))), float(np.exp(rng.normal(0, 0.06)))),
        vignette=float(rng.uniform(0, 0.3)),
        soft=float(0.25 + 0.9 * poor * rng.random()),
        grain=float(0.006 + 0.04 * poor * rng.random()),
        quality=int(np.clip(round(97 - 40 * poor * rng.random()), 60, 97)),
        subsampled=bool(rng.random() < 0.6),
        seed=int(rng.integers(2**31)),
    )


def take(light: F32, camera: Camera) -> Rgb:
    """The photograph (H, W, 3) of a scene's linear light."""
    height, width = light.shape[:2]
    balance = np.array([camera.balance[0], 1.0, camera.balance[1]], np.float32)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    fall = 1 - np.float32(camera.vignette / 2) * (x * x + y * y)
    seen = light * (np.float32(camera.exposure) * balance) * fall[..., None].astype(np.float32)
    seen = blurred(seen.astype(np.float32), camera.soft * max(height, width) / 768)
    rng = np.random.Generator(np.random.PCG64(camera.seed))
    grain = rng.standard_normal((height, width, 3), dtype=np.float32)
    grain = (
        np.float32(0.6) * grain + np.float32(0.4) * grain[..., 1:2]
    )  # sensors and demosaicing mix the channels
    seen += np.float32(camera.grain) * np.sqrt(np.maximum(seen, np.float32(0.003))) * grain
    pixels = np.clip(display(seen) * 255 + 0.5, 0, 255).astype(np.uint8)
    return _compressed(pixels, camera)


def _compressed(pixels: Rgb, camera: Camera) -> Rgb:
    chroma = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
        if camera.subsampled
        else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, camera.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    return decode_image(data.tobytes(), where="a drawn photograph")
