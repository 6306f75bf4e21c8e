import pytest
from board_entries import entry
from manyfaces.core.errors import DataError
from manyfaces.core.files import parse_json, to_json
from manyfaces.leaderboard.entries import first_fault
from manyfaces.leaderboard.store import Store
from manyfaces.leaderboard.tables import EntryRow
from pydantic import ValidationError
from sqlalchemy import select

WRONG = [
    ("date", "2026-13-40", "2026-01-31"),
    ("url", "javascript:alert(1)", "https://"),
    ("url", "example.org/paper", "https://"),
]


@pytest.mark.parametrize(("field", "text", "expected"), WRONG)
def test_a_date_is_a_date_and_a_link_a_link(field, text, expected):
    with pytest.raises(ValidationError) as caught:
        entry("a", clean=0.5, **{field: text})
    fault = first_fault(caught.value)
    assert (fault.field, fault.got) == (field, repr(text))
    assert expected in fault.expected
    assert not fault.expected.startswith("Value error")


@pytest.mark.parametrize(("field", "text", "expected"), WRONG)
def test_one_that_a_board_has_already_is_named_and_can_be_removed(tmp_path, field, text, expected):
    store = Store.create(tmp_path / "board", "Title")
    store.add(entry("good", clean=0.4, date="2026-01", url="https://example.org/"))
    store.add(entry("bad", clean=0.5))
    with store.database.write() as session:
        row = session.scalar(select(EntryRow).where(EntryRow.name == "bad"))
        row.content = to_json(
            parse_json(row.content.encode(), where="row") | {field: text}
        ).decode()
    with pytest.raises(DataError, match=f"the entry's {field} is wrong in bad.*{expected}.*remove"):
        store.entries()
    store.remove("bad")
    assert [row.name for row in store.entries()] == ["good"]
