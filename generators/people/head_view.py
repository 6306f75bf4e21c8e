"""A head as the camera sees it: skin, hair and ears, lit, with what belongs to the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import hair as hairs
from .canvas import Canvas
from .ears import cast_ear
from .facemesh import FaceMesh, face_mesh
from .fields import F32, mix, rotated, sample, smoothstep
from .frame import Place, Window
from .marks import MIDDLE, Marks, Vec, inside_contour, make_marks
from .raycast import Hits, cast, rotation
from .shading import Light, shade
from .shape import Head, directions, make_head
from .skin import paint_face
from .surface import cast_shadow, normals, openness
from .traits import Expression, Identity, Pose

_HAIRLINE: Final = 0.02  # half the width over which skin turns to hair, in units of height


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A rendered head over a grid of samples.

    Args:
        light: (H, W, 3) linear light.
        alpha: (H, W) 1 where the head covers the sample, else 0.
        face: (H, W) 1 where the face region is seen, hair not in front.
        whole: (H, W) 1 where the face region would be seen without hair.
        depth: (H, W) camera z in units, -9 outside.
        mesh: the face's points in camera units.
    """

    light: F32
    alpha: F32
    face: F32
    whole: F32
    depth: F32
    mesh: FaceMesh
    marks: Marks
    head: Head


def view_head(
    identity: Identity,
    expression: Expression,
    pose: Pose,
    light: Light,
    place: Place,
    window: Window,
    fine: int,
) -> View:
    """Render a head into the samples of a window."""
    marks = make_marks(identity, expression)
    head = make_head(identity, expression, marks)
    turn = rotation(pose)
    x, y = place.samples(window, fine)
    canvas = paint_face(identity, expression, marks, float(np.clip(1.35 * place.scale, 36, 190)))
    scene = _Scene(identity, head, canvas, marks.contour, turn, light)
    layers = _render(scene, x, y)
    mesh = face_mesh(head, marks, turn)
    return View(*layers, mesh, marks, head)


@dataclass(frozen=True, eq=False, slots=True)
class _Scene:
    identity: Identity
    head: Head
    canvas: Canvas
    contour: Vec
    turn: F32
    light: Light


def _render(scene: _Scene, x: F32, y: F32) -> tuple[F32, F32, F32, F32, F32]:
    shape = x.shape
    flat_x, flat_y = x.ravel(), y.ravel()
    radius, over = _with_hair(scene)
    hits = cast(radius, scene.turn, flat_x, flat_y)
    light, is_hair, region = _light_head(scene, radius, over, hits)
    colour = np.zeros((x.size, 3), np.float32)
    alpha, face, whole = (np.zeros(x.size, np.float32) for _ in range(3))
    depth = np.full(x.size, -9.0, np.float32)
    colour[hits.where], alpha[hits.where], depth[hits.where] = light, 1.0, hits.depth
    face[hits.where] = region & ~is_hair
    whole[hits.where] = region
    if is_hair.any():
        _bare_face(scene, flat_x, flat_y, hits, is_hair, whole)
    if not hairs.FORMS[scene.identity.hair.style].covers_ears:
        for side in (-1, 1):
            _add_ear(scene, side, flat_x, flat_y, colour, alpha, depth, face)
    return (
        colour.reshape(*shape, 3),
        alpha.reshape(shape),
        face.reshape(shape),
        whole.reshape(shape),
        depth.reshape(shape),
    )


def _with_hair(scene: _Scene) -> tuple[F32, F32]:
    """The radius of the outermost surface, and how far hair is over the skin."""
    head = scene.head
    flat = np.linalg.norm(directions()[..., :2], axis=-1)
    base = np.linalg.norm(head.ground, axis=-1) / np.maximum(flat, 1e-5)
    centre = flat < 1e-4
    base = np.where(centre, head.radius, base)
    grown = hairs.thickness(head, scene.identity)
    # Hair bridges the hollows under it and lies on what is raised.
    over = grown + np.maximum(base - head.radius, 0) * smoothstep(0.0, 0.05, grown)
    return head.radius + np.maximum(over, 0), over.astype(np.float32)


def _light_head(
    scene: _Scene, radius: F32, over: F32, hits: Hits
) -> tuple[F32, NDArray[np.bool_], NDArray[np.bool_]]:
    normal = normals(radius)
    towards = (scene.turn.T @ scene.light.towards).astype(np.float32)
    lit = cast_shadow(radius, normal, towards)
    first = sample(np.dstack([normal, openness(radius)]), hits.columns, hits.rows)
    second = sample(np.dstack([scene.head.ground, lit, over]), hits.columns, hits.rows)
    albedo, gloss, region = _paint(scene, second[:, :2], hits)
    turned = rotated(first[:, :3], scene.turn)
    is_hair = _colour_hair(scene, hits, second[:, 3], albedo, gloss, turned)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    light = shade(scene.light, turned, albedo, open_sky=first[:, 3], lit=second[:, 2], gloss=gloss)
    return light, is_hair, region


def _paint(scene: _Scene, ground: F32, hits: Hits) -> tuple[F32, F32, NDArray[np.bool_]]:
    canvas = scene.canvas
    columns, rows = canvas.columns_rows(ground)
    seen = sample(np.dstack([canvas.colour, canvas.gloss]), columns, rows)
    region = _in_region(scene, ground, hits)
    return seen[:, :3].copy(), seen[:, 3] * np.float32(scene.identity.gloss), region


def _in_region(scene: _Scene, ground: F32, hits: Hits) -> NDArray[np.bool_]:
    # Face coordinates of the back of the head repeat those of the front.
    return inside_contour(scene.contour, ground) & (hits.point[:, 2] > -0.3)


def _colour_hair(
    scene: _Scene, hits: Hits, over: F32, albedo: F32, gloss: F32, normal: F32
) -> NDArray[np.bool_]:
    """Lay hair over skin, softly at the hairline; returns where hair prevails."""
    near = np.flatnonzero(over > -3 * _HAIRLINE)
    result = np.zeros(len(over), dtype=bool)
    if not near.size:
        return result
    point = hits.point[near]
    direction = point / np.linalg.norm(point, axis=1, keepdims=True)
    colour, shine, strand = hairs.colours(scene.identity.hair, direction, point)
    soft = 0.4 if hairs.FORMS[scene.identity.hair.style].cloth else 1.0
    # Hair colours the skin a little before it rises from it.
    place = over[near] + np.float32(soft * _HAIRLINE) * (0.7 + 0.3 * np.clip(strand, -1, 1))
    weight = smoothstep(-soft * _HAIRLINE, soft * _HAIRLINE, place)
    albedo[near] = mix(albedo[near], colour, weight)
    gloss[near] += (shine - gloss[near]) * weight
    normal[near] += (0.22 * weight * strand)[:, None] * np.array([0.8, 0.25, 0.0], np.float32)
    result[near] = weight >= 0.5
    return result


def _bare_face(
    scene: _Scene, x: F32, y: F32, hits: Hits, is_hair: NDArray[np.bool_], whole: F32
) -> None:
    """Mark the samples where hair hides the face: the same rays against the bare head."""
    # Hair stands off the skin along its own direction, so only hair near the face can hide it.
    hair = np.flatnonzero(is_hair)
    whole[hits.where[hair]] = 0
    ground = sample(scene.head.ground, hits.columns[hair], hits.rows[hair])
    wide = MIDDLE + 1.5 * (scene.contour - MIDDLE)
    near = inside_contour(wide, ground) & (hits.point[hair, 2] > -0.3)
    at = hits.where[hair[near]]
    if not at.size:
        return
    bare = cast(scene.head.radius, scene.turn, x[at], y[at])
    ground = sample(scene.head.ground, bare.columns, bare.rows)
    whole[at[bare.where]] = _in_region(scene, ground, bare)


def _add_ear(
    scene: _Scene, side: int, x: F32, y: F32, colour: F32, alpha: F32, depth: F32, face: F32
) -> None:
    ear = cast_ear(scene.identity, side, scene.turn, x, y)
    front = ear.depth > depth[ear.where]
    where = ear.where[front]
    if not where.size:
        return
    side_light = smoothstep(-0.35, 0.35, (ear.normal[front] * scene.light.towards).sum(axis=1))
    colour[where] = shade(
        scene.light,
        ear.normal[front],
        ear.albedo[front],
        open_sky=ear.openness[front] * np.float32(0.85),
        lit=0.3 + 0.7 * side_light * ear.openness[front],
        gloss=np.full(where.size, 0.4, np.float32),
    )
    alpha[where], depth[where], face[where] = 1.0, ear.depth[front], 0.0
