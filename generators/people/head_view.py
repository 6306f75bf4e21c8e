"""A head as the camera sees it: skin, hair and ears, lit, with what belongs to the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import hair as hairs
from .ears import cast_ear
from .facemesh import FaceMesh, face_mesh
from .fields import F32, linear, sample, smoothstep
from .frame import Place, Window
from .marks import Marks, make_marks
from .raycast import Hits, cast, rotation
from .shading import Light, shade
from .shape import Head, directions, make_head
from .skin import paint_face
from .surface import cast_shadow, normals, openness
from .traits import Expression, Identity, Pose


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
    scene = _Scene(identity, expression, head, marks, turn, light, place.scale)
    layers = _render(scene, x, y)
    mesh = face_mesh(head, marks, turn)
    return View(*layers, mesh, marks, head)


@dataclass(frozen=True, eq=False, slots=True)
class _Scene:
    identity: Identity
    expression: Expression
    head: Head
    marks: Marks
    turn: F32
    light: Light
    scale: float


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
    return (colour.reshape(*shape, 3), alpha.reshape(shape), face.reshape(shape),
            whole.reshape(shape), depth.reshape(shape))  # fmt: skip


def _with_hair(scene: _Scene) -> tuple[F32, F32]:
    """The radius of the outermost surface, and how far hair is over the skin."""
    head = scene.head
    flat = np.linalg.norm(directions()[..., :2], axis=-1)
    base = np.linalg.norm(head.ground, axis=-1) / np.maximum(flat, 1e-5)
    centre = flat < 1e-4
    base = np.where(centre, head.radius, base)
    grown = hairs.thickness(head, scene.identity)
    over = np.where(
        grown > 0, base + grown - head.radius, np.minimum(base + grown - head.radius, -0.04)
    )
    return head.radius + np.maximum(over, 0), over.astype(np.float32)


def _light_head(
    scene: _Scene, radius: F32, over: F32, hits: Hits
) -> tuple[F32, np.ndarray, np.ndarray]:
    normal = normals(radius)
    towards = (scene.turn.T @ scene.light.towards).astype(np.float32)
    lit = cast_shadow(radius, normal, towards)
    first = sample(np.dstack([normal, openness(radius)]), hits.columns, hits.rows)
    second = sample(np.dstack([scene.head.ground, lit, over]), hits.columns, hits.rows)
    is_hair = second[:, 3] > 0
    albedo, gloss, region = _paint(scene, second[:, :2], hits)
    turned = first[:, :3] @ scene.turn.T
    if is_hair.any():
        _colour_hair(scene, hits, is_hair, second[:, 3], albedo, gloss, turned)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    light = shade(scene.light, turned, albedo, open_sky=first[:, 3], lit=second[:, 2], gloss=gloss)
    return light, is_hair, region


def _paint(scene: _Scene, ground: F32, hits: Hits) -> tuple[F32, F32, np.ndarray]:
    pitch = float(np.clip(1.5 * scene.scale, 36, 190))
    canvas = paint_face(scene.identity, scene.expression, scene.marks, pitch)
    columns, rows = canvas.columns_rows(ground)
    seen = sample(np.dstack([canvas.colour, canvas.gloss]), columns, rows)
    ahead = hits.point[:, 2] > -0.3
    inside = sample(canvas.area(scene.marks.contour), columns, rows) >= 0.5
    return seen[:, :3].copy(), seen[:, 3] * np.float32(scene.identity.gloss), inside & ahead


def _colour_hair(
    scene: _Scene, hits: Hits, is_hair: np.ndarray, over: F32, albedo: F32, gloss: F32, normal: F32
) -> None:
    point = hits.point[is_hair]
    direction = point / np.linalg.norm(point, axis=1, keepdims=True)
    colour, shine, strand = hairs.colours(scene.identity.hair, direction, point)
    albedo[is_hair] = colour
    gloss[is_hair] = shine
    tilt = 0.22 * strand[:, None] * np.array([0.8, 0.25, 0.0], np.float32)
    normal[is_hair] += tilt


def _bare_face(scene: _Scene, x: F32, y: F32, hits: Hits, is_hair: np.ndarray, whole: F32) -> None:
    """Mark the samples where hair hides the face: the same rays against the bare head."""
    at = hits.where[is_hair]
    bare = cast(scene.head.radius, scene.turn, x[at], y[at])
    ground = sample(scene.head.ground, bare.columns, bare.rows)
    polygon = scene.marks.contour.astype(np.float32)
    inside = _inside(polygon, ground) & (bare.point[:, 2] > -0.3)
    whole[at] = 0
    whole[at[bare.where]] = inside


def _inside(polygon: F32, points: F32) -> np.ndarray:
    """Whether points (N, 2) are in a polygon (K, 2), by the crossings of a ray to the right."""
    result = np.zeros(len(points), dtype=bool)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            result ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return result


def _add_ear(
    scene: _Scene, side: int, x: F32, y: F32, colour: F32, alpha: F32, depth: F32, face: F32
) -> None:
    ear = cast_ear(scene.identity, side, scene.turn, x, y)
    front = ear.depth > depth[ear.where]
    where = ear.where[front]
    if not where.size:
        return
    side_light = smoothstep(-0.35, 0.35, ear.normal[front] @ scene.light.towards)
    colour[where] = shade(
        scene.light, ear.normal[front], ear.albedo[front], open_sky=ear.openness[front] * np.float32(0.85),
        lit=0.3 + 0.7 * side_light * ear.openness[front], gloss=np.full(where.size, 0.4, np.float32),
    )  # fmt: skip
    alpha[where], depth[where], face[where] = 1.0, ear.depth[front], 0.0


def skin_light(identity: Identity) -> F32:
    """The skin's linear albedo."""
    return linear(np.array(identity.skin) / 255)
