"""Hair that sits on the head: where it grows, how thick it is, how its strands shine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from .fields import F32, blurred, bump, linear, noise, sample, smoothstep
from .shape import Head, chart, directions
from .traits import Hair, Identity

_CROWN: Final = np.array([0.0, 0.84, -0.54], np.float32)  # where the strands come from
BARE: Final = -0.08  # thickness where nothing grows: below the skin


@dataclass(frozen=True, slots=True)
class Form:
    """How a style is built, in units of half an average head's width.

    Args:
        line: offset of the hairline over the forehead; ``temple`` how far it recedes.
        side: height down to which it grows before the ears, ``back`` behind them.
        top: thickness on top, ``flank`` at the sides.
        rise: distance from the hairline over which it reaches its thickness.
        curl: height of curls, ``jag`` raggedness of the edge.
        covers_ears: whether ears are hidden.
        falls: height down to which loose hair hangs, None without.
        cloth: a hat or scarf rather than hair.
    """

    line: float = 0.0
    temple: float = 0.0
    side: float = -0.18
    back: float = -0.6
    top: float = 0.12
    flank: float = 0.06
    rise: float = 0.16
    curl: float = 0.0
    jag: float = 0.035
    covers_ears: bool = False
    falls: float | None = None
    cloth: bool = False


FORMS: Final[dict[str, Form]] = {
    "bald": Form(),
    "receding": Form(line=0.22, temple=0.25, top=0.06, flank=0.055, jag=0.05),
    "buzz": Form(top=0.03, flank=0.02, rise=0.06, jag=0.012),
    "short": Form(top=0.13, flank=0.055),
    "part": Form(top=0.20, flank=0.075, rise=0.2),
    "quiff": Form(top=0.22, flank=0.045, rise=0.13),
    "curly": Form(top=0.24, flank=0.17, curl=0.042, jag=0.035, rise=0.14),
    "afro": Form(top=0.46, flank=0.40, curl=0.03, jag=0.015, rise=0.25),
    "fringe": Form(
        line=-0.42,
        top=0.17,
        flank=0.12,
        side=-0.55,
        rise=0.09,
        jag=0.03,
        covers_ears=True,
        falls=-0.9,
    ),
    "bob": Form(
        top=0.17, flank=0.17, side=-0.95, back=-0.9, rise=0.16, covers_ears=True, falls=-1.35
    ),
    "long": Form(
        top=0.15, flank=0.14, side=-0.95, back=-0.9, rise=0.18, covers_ears=True, falls=-3.0
    ),
    "bun": Form(top=0.08, flank=0.05, rise=0.1),
    "tied": Form(top=0.09, flank=0.06, rise=0.1, temple=-0.03),
    "beanie": Form(
        line=-0.28, top=0.16, flank=0.10, side=0.12, back=-0.3, rise=0.10, jag=0.0, cloth=True
    ),
    "scarf": Form(top=0.12, flank=0.10, rise=0.07, jag=0.0, covers_ears=True, cloth=True),
}


def thickness(head: Head, identity: Identity) -> F32:
    """(S, S) how far the hair stands off the base; ``BARE`` where none grows."""
    hair, form = identity.hair, FORMS[identity.hair.style]
    if hair.style == "bald":
        return np.full(head.radius.shape, BARE, np.float32)
    rng = np.random.Generator(np.random.PCG64(hair.seed))
    inside = _inside(head, identity, form, rng)
    height = _height(head, hair, form, rng)
    share = np.clip(inside / np.float32(form.rise), 0, 1)
    grown = height * share * (2 - share)
    outside = np.maximum(0.35 * inside, np.float32(BARE))
    return np.asarray(np.where(inside > 0, grown, outside), np.float32)


def _inside(head: Head, identity: Identity, form: Form, rng: np.random.Generator) -> F32:
    """Positive where hair grows: the distance from the hairline, roughly."""
    x, y, z = head.ground[..., 0], head.ground[..., 1], directions()[..., 2]
    if identity.hair.style == "scarf":
        face = np.hypot(x / np.float32(0.86 * identity.face_width), (y + 0.36) / 1.17) - 1
        return np.asarray(np.where(z > 0, face, 0.4), np.float32)
    top = identity.hair.line + form.line
    wide = identity.face_width
    away = np.where(z > -0.05, np.abs(x) / np.float32(wide), np.float32(1.2))
    places = [0.0, 0.35, 0.58, 0.74, 0.84, 0.90, 0.955, 1.0]
    temple = top - 0.33 - 0.4 * form.temple
    heights = [top, top - 0.015, top - 0.10 - form.temple, min(temple, 0.62), 0.34, 0.10,
               form.side + 0.02, form.side]  # fmt: skip
    if form.side < -0.4:  # hair beside the face hangs a little before the ears
        heights[4:6] = [0.05, 0.7 * form.side]
    front = y - np.interp(away, places, heights).astype(np.float32)
    behind = y - np.float32(form.back)
    mixed = front + (behind - front) * smoothstep(0.12, -0.12, z)
    # Ragged over the forehead; beside the face the line is steep, and would tear.
    jag = form.jag * (1 - 0.85 * smoothstep(0.55, 0.8, away))
    return blurred((mixed + jag * _strand_noise(rng, 24)).astype(np.float32), 0.9)


def _height(head: Head, hair: Hair, form: Form, rng: np.random.Generator) -> F32:
    x, y = head.ground[..., 0], head.ground[..., 1]
    upward = smoothstep(-0.1, 0.85, np.ascontiguousarray(directions()[..., 1]))
    height = (form.flank + (form.top - form.flank) * upward) * np.float32(hair.volume)
    front = smoothstep(-0.3, 0.3, np.ascontiguousarray(directions()[..., 2]))
    if hair.style == "part":
        lift = 1 - 0.75 * np.exp(-(((x - hair.part) / 0.06) ** 2)) * smoothstep(0.6, 0.95, y)
        sweep = 0.10 * bump(x, y, (-0.5 * hair.part, hair.line + 0.12), (0.5, 0.25)) * front
        height = height * lift + sweep
    if hair.style == "quiff":
        height += 0.17 * bump(x, y, (0.1 * hair.part, hair.line + 0.2), (0.5, 0.26)) * front
    if hair.style in {"long", "bob"}:
        height *= 1 - 0.6 * np.exp(-(((x - 0.4 * hair.part) / 0.05) ** 2)) * smoothstep(
            0.7, 0.95, y
        )
    shape = head.radius.shape
    if form.curl:
        height += form.curl * noise(rng, shape, 24, 2)
    if not form.cloth:
        height *= 1 + 0.10 * _strand_noise(rng, 40)
    return np.asarray(np.maximum(height, 0.012), dtype=np.float32)


def strand_place(direction: F32) -> tuple[F32, F32]:
    """The angle around the crown in [-pi, pi] and the angle from it, of unit (..., 3)."""
    side = np.array([1.0, 0.0, 0.0], np.float32)
    other = np.cross(_CROWN, side).astype(np.float32)
    x, y, z = direction[..., 0], direction[..., 1], direction[..., 2]
    around = np.arctan2(x, other[1] * y + other[2] * z)
    return around, np.arccos(np.clip(_CROWN[1] * y + _CROWN[2] * z, -1, 1))


@lru_cache(maxsize=1)
def _chart_strands() -> tuple[F32, F32]:
    return strand_place(directions())


def _strand_noise(rng: np.random.Generator, count: int) -> F32:
    around, away = _chart_strands()
    texture = strand_texture(rng, count)
    return strands(texture, around, away, 0.0)


def strand_texture(rng: np.random.Generator, count: int) -> F32:
    """Noise (64, 1024) that is long along its rows' axis: one column, one lock of hair."""
    texture = noise(rng, (64, 1024), 1, 1) * 0
    for share, number in ((0.5, count), (0.6, 3 * count), (0.5, 8 * count)):
        small = rng.standard_normal((6, number), dtype=np.float32)
        line = np.linspace(0, number, 1024, endpoint=False, dtype=np.float32)
        small = np.concatenate([small, small[:, :2]], axis=1)
        rows = np.linspace(0, 5, 64, dtype=np.float32)
        texture += np.float32(share) * sample(small, *np.meshgrid(line, rows))
    return np.asarray(texture, np.float32)


def strands(texture: F32, around: F32, away: F32, wave: float) -> F32:
    """The texture's value at places around and away from the crown, about unit deviation."""
    swing = around + np.float32(0.13 * wave) * np.sin(9 * away + 5 * np.sin(2 * around))
    columns = (swing * np.float32(0.5 / np.pi) % 1) * np.float32(1023)
    rows = away * np.float32(63 / np.pi)
    return sample(texture, columns.astype(np.float32), rows.astype(np.float32))


def colours(hair: Hair, direction: F32, head_point: F32) -> tuple[F32, F32, F32]:
    """Albedo (N, 3), gloss (N,) and strand height (N,) of hair or cloth at unit directions."""
    rng = np.random.Generator(np.random.PCG64(hair.seed + 1))
    base = linear(np.array(hair.colour) / 255)
    if FORMS[hair.style].cloth:
        return _cloth(hair, base, head_point)
    around, away = strand_place(direction)
    if hair.style in {"afro", "curly", "buzz"}:
        fine = noise(rng, (256, 256), 120 if hair.style != "curly" else 60, 2)
        columns, rows = chart(direction)
        strand = sample(fine, columns * np.float32(1.13), rows * np.float32(1.13))
    else:
        strand = strands(strand_texture(rng, 70), around, away, hair.wave)
    shade = np.clip(1 + 0.34 * strand, 0.35, 2.2)
    band = np.exp(-(((away - 0.95 - 0.08 * strand) / 0.22) ** 2))
    gloss = (0.5 + 3.2 * band) * np.clip(0.6 + 0.5 * strand, 0.1, 2)
    if hair.style in {"afro", "buzz", "curly"}:
        gloss *= 0.35
    return base * shade[:, None], gloss.astype(np.float32), strand


def _cloth(hair: Hair, base: F32, point: F32) -> tuple[F32, F32, F32]:
    around = np.arctan2(point[:, 0], point[:, 2])
    if hair.style == "beanie":
        rib = np.sin(around * 46)
        cuff = smoothstep(0.02, -0.02, point[:, 1] - np.float32(hair.line - 0.02))
        strand = (rib * (0.5 + 0.5 * cuff)).astype(np.float32)
    else:
        strand = (np.sin(point[:, 1] * 9 + 4 * point[:, 0] + 2 * np.sin(point[:, 2] * 5))).astype(
            np.float32
        )
    shade = 1 + 0.10 * strand
    return base * shade[:, None], np.full(len(point), 0.15, np.float32), strand * np.float32(0.5)
