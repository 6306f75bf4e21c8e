import numpy as np
from manyfaces.generators.analysis.mesh_layout import mesh_points, mesh_triangles
from manyfaces.generators.methods.warp import shrink_to_scale, triangle_ids, warp

MESH = (mesh_points() - mesh_points().min(axis=0)) * 60 + 10
SIZE = (140, 130)


def coordinates(size):
    """A picture whose red is x and whose green is y."""
    y, x = np.mgrid[: size[0], : size[1]]
    return np.dstack([x, y, 0 * x]).astype(np.uint8)


def test_a_mesh_warped_onto_itself_changes_nothing():
    image = coordinates(SIZE)
    warped, covered = warp(image, MESH, MESH, mesh_triangles(), SIZE)
    assert covered.sum() > 5000
    assert np.abs(warped[covered].astype(int) - image[covered]).max() <= 1


def test_a_shifted_mesh_shifts_the_pixels():
    image = coordinates(SIZE)
    moved = MESH + np.array([7.0, 4.0, 0.0])
    warped, covered = warp(image, MESH, moved, mesh_triangles(), SIZE)
    y, x = np.nonzero(covered)
    assert np.abs(warped[y, x, 0].astype(int) - (x - 7)).max() <= 1
    assert np.abs(warped[y, x, 1].astype(int) - (y - 4)).max() <= 1


def test_nearer_triangles_hide_farther_ones():
    mesh = np.array([[0, 0, 5], [20, 0, 5], [0, 20, 5], [0, 0, 1], [20, 0, 1], [0, 20, 1.0]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    assert triangle_ids(mesh, triangles, (30, 30))[3, 3] == 1
    assert triangle_ids(mesh, triangles[::-1], (30, 30))[3, 3] == 0


def test_shrinking_keeps_points_on_their_pixels():
    image = np.zeros((100, 100, 3), np.uint8)
    image[48:52, 28:32] = 255
    small, mesh = shrink_to_scale(image, np.array([[29.5, 49.5, 0.0]]), 0.5)
    assert small.shape == (50, 50, 3)
    bright = np.argwhere(small[:, :, 0] == 255).mean(axis=0)
    assert np.allclose(mesh[0, :2], bright[::-1])
