"""Tiny videos with bright patches that move."""

import struct

import cv2
import numpy as np

SIZE = (64, 96)  # height, width
RED, GRAY = (230, 20, 20), (200, 200, 200)


def frame(*patches, size=SIZE):
    """A dark picture with patches of (left, top, side, colour)."""
    picture = np.full((*size, 3), 20, np.uint8)
    for left, top, side, colour in patches:
        picture[top : top + side, left : left + side] = colour
    return picture


def moving(count):
    """A red patch that goes right and a gray one that goes down."""
    return [frame((4 + 2 * n, 4, 20, RED), (60, 10 + n, 24, GRAY)) for n in range(count)]


def write(path, pictures, codec="mp4v", fps=10.0):
    """Write pictures as a video."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def turn(path):
    """Set an MP4's track matrix to a quarter turn, as a phone held upright writes it."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    assert struct.unpack(">9i", data[at : at + 36]) == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    data[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, SIZE[0] << 16, 0, 1 << 30)
    path.write_bytes(data)
    return path
