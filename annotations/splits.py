"""Splits that never share a photograph, a group or a near-duplicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..core.images import Rgb
from ..core.seeds import stream

NEAR: Final = 6  # bits of 64 in which near-duplicates may differ
_SET_BITS: Final = np.array([value.bit_count() for value in range(1 << 16)], dtype=np.uint8)


def perceptual_hash(image: Rgb) -> str:
    """The 64-bit DCT hash of an (H, W, 3) picture, 16 hexadecimal digits.

    The signs of the 8 × 8 lowest frequencies of the 32 × 32 gray picture against their
    median, as in Zauner's pHash (2010).
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    # Rounding keeps the bits of flat pictures from hanging on the last float digit.
    bits = np.round(low, 2) > np.round(np.median(low[1:]), 2)
    return f"{int.from_bytes(np.packbits(bits).tobytes(), 'big'):016x}"


def near_duplicates(hashes: Sequence[str], distance: int = NEAR) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, ascending, of hashes that differ in at most ``distance`` bits."""
    values = np.array([int(value, 16) for value in hashes], dtype=np.uint64)
    pairs: set[tuple[int, int]] = set()
    # Of distance + 1 bands of bits, such a pair has at least one in common.
    edges = np.linspace(0, 64, distance + 2).astype(int).tolist()
    for low, high in pairwise(edges):
        band = (values >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.diff(band[order])) + 1
        for alike in np.split(order, starts):
            pairs |= _close_pairs(alike, values[alike], distance)
    return sorted(pairs)


def _close_pairs(
    items: NDArray[np.int64], values: NDArray[np.uint64], distance: int
) -> set[tuple[int, int]]:
    """The pairs among some ascending items whose values differ in few bits."""
    # Four numbers of 16 bits each, whose set bits a table knows.
    parts = values.view(np.uint16).reshape(-1, 4)
    pairs = set()
    for row in range(len(items) - 1):
        differing = _SET_BITS[parts[row + 1 :] ^ parts[row]].sum(axis=1)
        for other in items[row + 1 :][differing <= distance].tolist():
            pairs.add((int(items[row]), other))
    return pairs


def components(count: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The connected components of items 0 … count − 1, each ascending, by first item."""
    parent = list(range(count))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    found: dict[int, list[int]] = {}
    for item in range(count):
        found.setdefault(root(item), []).append(item)
    return list(found.values())


def assign_splits(
    groups: Sequence[str], hashes: Sequence[str], shares: Mapping[str, float], seed: int
) -> list[str]:
    """The split of each photograph, in the order given.

    Photographs of one group (not empty), and near-duplicates, go together. The largest
    clusters are placed first, ties in an order drawn from the seed, each into the split
    that is furthest below its share.
    """
    members: dict[str, list[int]] = {}
    for item, group in enumerate(groups):
        if group:
            members.setdefault(group, []).append(item)
    pairs = [(items[0], item) for items in members.values() for item in items[1:]]
    clusters = components(len(groups), pairs + near_duplicates(hashes))
    order = stream(seed, "splits").permutation(len(clusters))
    result = [""] * len(groups)
    filled = dict.fromkeys(shares, 0)
    for cluster in sorted((clusters[index] for index in order), key=len, reverse=True):
        split = _neediest(filled, shares, len(groups))
        filled[split] += len(cluster)
        for item in cluster:
            result[item] = split
    return result


def _neediest(filled: Mapping[str, int], shares: Mapping[str, float], total: int) -> str:
    open_splits = [name for name, share in shares.items() if share > 0]
    return max(open_splits, key=lambda name: shares[name] * total - filled[name])
