"""Splits that never share a photograph, a group or a near-duplicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
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
    found = [np.zeros((0, 2), dtype=np.int64)]
    # Of distance + 2 bands of bits, such a pair has at least two in common: among ten million
    # hashes, each is compared with a hundred and fifty others, not with all.
    edges = list(pairwise(np.linspace(0, 64, distance + 3).astype(int).tolist()))
    for first, second in combinations(edges, 2):
        key = (_bits(values, *first) << np.uint64(second[1] - second[0])) | _bits(values, *second)
        order = np.argsort(key, kind="stable")
        found.append(order[_close_neighbours(key[order], values[order], distance)])
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return [(int(low), int(high)) for low, high in pairs]


def _bits(values: NDArray[np.uint64], low: int, high: int) -> NDArray[np.uint64]:
    return (values >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)


def _close_neighbours(
    keys: NDArray[np.uint64], values: NDArray[np.uint64], distance: int
) -> NDArray[np.int64]:
    """(n, 2) positions in a sorted table of equal keys whose values differ in few bits."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    here = np.arange(len(keys), dtype=np.int64)
    for step in range(1, len(keys)):
        # Of equal keys, those that have one more behind them.
        here = here[: np.searchsorted(here, len(keys) - step)]
        here = here[keys[here] == keys[here + step]]
        if not here.size:
            break
        differing = values[here] ^ values[here + step]
        # Four numbers of 16 bits each, whose set bits a table knows.
        bits = _SET_BITS[differing.view(np.uint16).reshape(-1, 4)].sum(axis=1)
        near = here[bits <= distance]
        found.append(np.column_stack([near, near + step]))
    return np.concatenate(found)


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
