"""What the properties of this folder share."""

import copy

import pytest
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@pytest.fixture(scope="session")
def damaged():
    """A strategy of copies of a JSON value in which one value, anywhere, is another."""

    def strategy(data):
        return st.builds(_damaged, st.just(data), st.randoms(use_true_random=False), JSON)

    return strategy


def _damaged(data, random, value):
    data = copy.deepcopy(data)
    parent = random.choice([node for node in _nodes(data) if node])
    key = random.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
    if isinstance(parent, dict) and random.random() < 0.2:
        del parent[key]
    else:
        parent[key] = value
    return data


def _nodes(value):
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _nodes(inner)
