import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.core.ragged import offsets, sums, within

counts = st.lists(st.integers(0, 5), max_size=12)


@given(counts)
def test_rows_laid_end_to_end(lengths):
    lengths = np.array(lengths, dtype=np.int64)
    values = np.arange(int(lengths.sum())) ** 2
    rows = np.split(values, offsets(lengths)[1:-1]) if len(lengths) else []
    assert sums(values, lengths).tolist() == [int(row.sum()) for row in rows]
    assert within(lengths).tolist() == [place for row in rows for place in range(len(row))]
