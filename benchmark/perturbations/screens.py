"""What screens make of a picture: captions, screenshots, and photographs of the screen."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ...core.images import Rgb
from .compression import jpeg, rescale, sharpened, shrunk
from .geometry import Displacement
from .operator import (
    Params,
    Perturbation,
    Settings,
    Size,
    draw_seed,
    draw_sign,
    levels,
    noise_stream,
    size_of,
    size_scale,
)

Plane = NDArray[np.float32]  # (H, W)
Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

_LIGHT: Final = ((247, 247, 248), (28, 28, 30))  # ground and ink of a bar by day
_CORNERS: Final = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
_TILT: Final = tuple(f"{axis}_{corner}" for corner in range(4) for axis in "xy")
_LINES: Final = (
    "WOW",
    "NO WAY",
    "MOOD",
    "MONDAY",
    "ME AT WORK",
    "NOBODY:",
    "THE SQUAD",
    "TOO LATE",
    "WAIT WHAT",
    "SAY CHEESE",
    "PLOT TWIST",
    "BEST DAY",
)


@lru_cache(maxsize=64)
def _font(size: float) -> Font:
    """The font that Pillow brings along, at a size in pixels."""
    return ImageFont.load_default(max(size, 1.0))


def _draw_caption(settings: Settings, size: Size, rng: Generator) -> Params:
    """All lines are drawn at every severity, so that a severe caption continues a mild one."""
    place = (0.0, 1.0, float(rng.random()))[int(rng.integers(3))]
    texts = rng.permutation(len(_LINES)).tolist()
    lines = int(settings["lines"])
    return {
        "lines": lines,
        "letters": settings["letters"] * min(size),
        "place": place,
        "style": int(rng.integers(3)),
        **{f"text_{line}": text for line, text in enumerate(texts[:lines])},
    }


def _caption(image: Rgb, params: Params) -> Rgb:
    """Dark letters in a light band, light ones in a dark band, or white ones with an outline."""
    height, width = size_of(image)
    step = 1.25 * params["letters"]
    top = params["place"] * max(height - step * params["lines"], 0)
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    style = int(params["style"])
    ink = (20, 20, 20) if style == 0 else (255, 255, 255)
    if style < 2:
        band = (0, round(top), width, max(round(top + step * params["lines"]) - 1, round(top)))
        draw.rectangle(band, fill=(250, 250, 250) if style == 0 else (15, 15, 15))
    for line in range(int(params["lines"])):
        text, middle = _LINES[int(params[f"text_{line}"])], top + (line + 0.5) * step
        _write(draw, (width / 2, middle), text, params["letters"], ink, outlined=style == 2)
    return np.array(picture, dtype=np.uint8)


def _write(
    draw: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    text: str,
    letters: float,
    ink: tuple[int, int, int],
    *,
    outlined: bool,
) -> None:
    """One line, smaller where it would be wider than the picture."""
    letters *= min(1.0, 1.9 * middle[0] / max(_font(letters).getlength(text), 1.0))
    stroke = max(1, round(0.08 * letters)) if outlined else 0
    draw.text(
        middle,
        text,
        ink,
        _font(letters),
        anchor="mm",
        stroke_width=stroke,
        stroke_fill=(0, 0, 0),
    )


def _draw_screenshot(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {
        "scale": float(rng.uniform(0.62, 0.94)),
        "sharpen": float(rng.uniform(0.1, 0.4)),
        "gamma": float(np.exp(draw_sign(rng) * settings["gamma"] * rng.uniform(0.6, 1))),
        "top": settings["top"],
        "bottom": settings["bottom"],
        "dark": int(rng.integers(2)),
        "minute": int(rng.integers(24 * 60)),
        "charge": round(float(rng.uniform(0.05, 1)), 2),
        "quality": settings["quality"],
    }


def _screenshot(image: Rgb, params: Params) -> Rgb:
    """On the screen at its scale, under its gamma, between its bars; saved; and enlarged again."""
    size = size_of(image)
    shown = rescale(image, shrunk(size, 1 / params["scale"]), cv2.INTER_AREA)
    screen = cv2.LUT(sharpened(shown, params["sharpen"]), _gamma_curve(params["gamma"]))
    barred = _with_bars(np.asarray(screen, dtype=np.uint8), params)
    return rescale(jpeg(barred, int(params["quality"])), size, cv2.INTER_LINEAR)


def _gamma_curve(gamma: float) -> NDArray[np.uint8]:
    return np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)


def _with_bars(screen: Rgb, params: Params) -> Rgb:
    height, width = size_of(screen)
    ground, ink = _LIGHT[::-1] if params["dark"] else _LIGHT
    picture = Image.fromarray(screen)
    draw = ImageDraw.Draw(picture)
    top = max(1, round(height * params["top"]))
    bottom = max(1, round(height * params["bottom"]))
    draw.rectangle((0, 0, width, top - 1), fill=ground)
    draw.rectangle((0, height - bottom, width, height), fill=ground)
    _status(draw, width, top, ink, params)
    _buttons(draw, (width, height), bottom, ink)
    return np.array(picture, dtype=np.uint8)


def _status(
    draw: ImageDraw.ImageDraw, width: int, bar: int, ink: tuple[int, ...], params: Params
) -> None:
    """The clock on the left and the battery on the right."""
    clock = "{:02d}:{:02d}".format(*divmod(int(params["minute"]), 60))
    draw.text((0.6 * bar, bar / 2), clock, ink, _font(0.62 * bar), anchor="lm")
    left, right, half = width - 1.9 * bar, width - 0.7 * bar, 0.24 * bar
    if left < 0 or half < 1:
        return
    outline = (left, bar / 2 - half, right, bar / 2 + half)
    draw.rectangle(outline, outline=ink, width=max(1, round(0.06 * bar)))
    draw.rectangle((*outline[:2], left + params["charge"] * (right - left), outline[3]), fill=ink)


def _buttons(draw: ImageDraw.ImageDraw, size: Size, bar: int, ink: tuple[int, ...]) -> None:
    """Back, home and the list of programs: a triangle, a disc and a square."""
    (width, height), radius = size, max(0.22 * bar, 0.5)
    middle = height - bar / 2
    back, home, tasks = (width * share for share in (0.25, 0.5, 0.75))
    draw.polygon(
        [
            (back - radius, middle),
            (back + radius, middle - radius),
            (back + radius, middle + radius),
        ],
        fill=ink,
    )
    draw.ellipse((home - radius, middle - radius, home + radius, middle + radius), fill=ink)
    draw.rectangle((tasks - radius, middle - radius, tasks + radius, middle + radius), fill=ink)


def _draw_photograph(settings: Settings, size: Size, rng: Generator) -> Params:
    """Corners move inwards, by shares of the sides: the camera sees nothing but the screen."""
    scale = size_scale(size)
    tilt = settings["tilt"] * rng.uniform(0, 1, 8)
    cast = settings["cast"] * rng.uniform(-1, 1)
    return {
        **dict(zip(_TILT, tilt.tolist(), strict=True)),
        "grid": settings["grid"],
        "period": float(rng.uniform(14, 26)) * scale,
        "turn": float(rng.uniform(0, 180)),
        "bend": float(rng.uniform(-1, 1)) * 3e-4 / scale**2,
        "vignette": settings["vignette"],
        "red": float(1 + cast),
        "green": float(1 - settings["cast"] * rng.uniform(0, 0.5)),
        "blue": float(1 - cast),
        "noise": settings["noise"],
        "seed": draw_seed(rng),
    }


def _tilted(size: Size, params: Params) -> Displacement:
    """Where the camera sees each pixel from: a projective map of the frame into the screen."""
    height, width = size
    span = np.array([max(width - 1, 1), max(height - 1, 1)], np.float64)
    inwards = np.where(_CORNERS == 0, 1, -1)
    moved = _CORNERS + inwards * np.reshape([params[name] for name in _TILT], (4, 2))
    whole = (_CORNERS * span).astype(np.float32)
    map_ = cv2.getPerspectiveTransform(whole, (moved * span).astype(np.float32))
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    top = [np.float32(a) * x + (np.float32(b) * y + np.float32(c)) for a, b, c in map_]
    return np.stack([top[0] / top[2] - x, top[1] / top[2] - y], axis=2)


def _photograph(image: Rgb, params: Params) -> Rgb:
    height, width = size_of(image)
    noise = noise_stream(params).standard_normal((height, width), dtype=np.float32)
    noise *= np.float32(params["noise"])
    shade = _shade((height, width), params["vignette"])
    result = np.empty_like(image)
    for channel, name in enumerate(("red", "green", "blue")):
        light = _moire((height, width), params, float(channel))
        light *= shade * np.float32(params[name])
        light *= image[:, :, channel]
        light += noise
        result[:, :, channel] = np.rint(np.clip(light, 0, 255, out=light), out=light)
    return result


def _shade(size: Size, strength: float) -> Plane:
    """1 in the middle and 1 - strength in the corners."""
    rows, columns = (np.linspace(-1, 1, side, dtype=np.float32) ** 2 / 2 for side in size)
    shade = np.float32(1) - np.float32(strength) * (rows[:, None] + columns)
    return np.asarray(shade, dtype=np.float32)


def _moire(size: Size, params: Params, phase: float) -> Plane:
    """The beat between the screen's grid and the sensor's: a wave that bends, about 1.

    cos(a + b) = cos a cos b - sin a sin b, so that a wave costs two outer products.
    """
    rows, columns = (np.arange(side, dtype=np.float64) - side / 2 for side in size)
    frequency, turn = 2 * np.pi / params["period"], np.radians(params["turn"])
    across = frequency * np.cos(turn) * columns + params["bend"] * columns**2 + phase
    down = frequency * np.sin(turn) * rows - params["bend"] * rows**2
    grid = params["grid"]
    waves = [np.stack([np.cos(a), np.sin(a)]).astype(np.float32) for a in (across, down)]
    wave = np.multiply.outer(waves[1][0] * grid, waves[0][0])
    wave -= np.multiply.outer(waves[1][1] * grid, waves[0][1])
    return np.asarray(wave + 1, dtype=np.float32)


ROWS: Final = (
    Perturbation(
        name="caption",
        version=1,
        group="everyday",
        description="lines of text in a band or as outlined letters, as memes have them",
        source="what people write on pictures; ours on Pillow, as A.TextImage needs a font file",
        severities=levels(lines=(1, 1, 2, 2, 3), letters=(0.05, 0.075, 0.075, 0.095, 0.095)),
        draw_params=_draw_caption,
        pixels=_caption,
    ),
    Perturbation(
        name="screenshot",
        version=1,
        group="everyday",
        description="shown on a phone and saved: rescaled, sharpened, between two bars, JPEG",
        source="what phones do; ours, as albumentations has none",
        severities=levels(
            gamma=(0.05, 0.1, 0.15, 0.2, 0.25),
            top=(0.025, 0.035, 0.045, 0.055, 0.07),
            bottom=(0.03, 0.05, 0.07, 0.095, 0.125),
            quality=(85, 65, 48, 33, 20),
        ),
        draw_params=_draw_screenshot,
        pixels=_screenshot,
    ),
    Perturbation(
        name="re-photograph",
        version=1,
        group="everyday",
        description="a screen photographed: perspective, moire, vignette, colour cast and noise; "
        "masks, boxes and landmarks move with it",
        source="what cameras do before a screen; ours, as A.Perspective draws its own corners "
        "and albumentations has no moire",
        severities=levels(
            tilt=(0.009, 0.018, 0.029, 0.042, 0.056),
            grid=(0.025, 0.045, 0.07, 0.1, 0.14),
            vignette=(0.1, 0.18, 0.27, 0.37, 0.48),
            cast=(0.03, 0.05, 0.08, 0.11, 0.14),
            noise=(1.5, 3, 5, 7.5, 10),
        ),
        draw_params=_draw_photograph,
        pixels=_photograph,
        field=_tilted,
    ),
)
