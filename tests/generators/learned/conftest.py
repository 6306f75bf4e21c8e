"""Faces of drawn people, and methods opened from a few words."""

import pytest

pytest.importorskip("onnxruntime", reason="the learned extra is not installed")

import tiny_networks
from manyfaces.core.errors import DataError
from manyfaces.generators.learned.bare import require_bare
from manyfaces.generators.learned.config import LearnedMethod
from manyfaces.generators.learned.table import open_method
from manyfaces.generators.methods.forgery import Donor
from manyfaces.generators.people.source import DrawnPeople
from pydantic import TypeAdapter

CONFIG = TypeAdapter(LearnedMethod)
SIDE = tiny_networks.SIDE


def bare(image, face):
    try:
        require_bare(image, face, "the face")
    except DataError:
        return False
    return True


@pytest.fixture(scope="session")
def people():
    """Frontal drawn faces without glasses, more than 45 pixels wide, with their pictures."""
    source = DrawnPeople(16, 5, (360, 480))
    found = []
    for photo in source.photos():
        scene = source.open(photo, 480)
        found += [
            Donor(scene.image, face)
            for face in scene.faces
            if abs(face.pose[0]) < 20
            and face.occluded < 0.1
            and face.width > 45
            and bare(scene.image, face)
        ]
    return found


@pytest.fixture(scope="session")
def networks(tmp_path_factory):
    """Name → file of each tiny network."""
    folder = tmp_path_factory.mktemp("networks")
    return {
        "same": tiny_networks.plain(folder / "same.onnx"),
        "inverting": tiny_networks.plain(folder / "inverting.onnx", "Neg"),
        "conditioned": tiny_networks.conditioned(folder / "conditioned.onnx"),
        "embedder": tiny_networks.embedder(folder / "embedder.onnx"),
        "swapper": tiny_networks.swapper(folder / "swapper.onnx"),
        "generator": tiny_networks.generator(folder / "generator.onnx"),
        "keypoints": tiny_networks.keypoints(folder / "keypoints.onnx"),
        "driven": tiny_networks.driven(folder / "driven.onnx"),
    }


@pytest.fixture(scope="session")
def words(networks):
    """Name of a tiny network → the recipe's words on a method of it."""

    def of(kind, name, **more):
        return {"kind": kind, "network": str(networks[name]), "size": SIDE, "enlarge": 8, **more}

    embedder = {"network": str(networks["embedder"]), "size": SIDE}
    return {
        "same": of("image-to-image", "same"),
        "inverting": of("image-to-image", "inverting"),
        "conditioned": of(
            "image-to-image", "conditioned", conditions={"red": (0.4, 0, 0), "blue": (0, 0, 0.4)}
        ),
        "swapper": of("swapper", "swapper", embedder=embedder),
        "generator": of("generator", "generator", latent=tiny_networks.LATENT),
        "keypoints": of("keypoints", "keypoints"),
        "driven": of("keypoints", "driven", driving="picture"),
    }


@pytest.fixture(scope="session")
def opened(words):
    """Open a method: one of ``words``, some fields replaced, or the words themselves."""

    def open_(name, **fields):
        told = words[name] if isinstance(name, str) else name
        return open_method("tiny", CONFIG.validate_python({**told, **fields}))

    return open_
