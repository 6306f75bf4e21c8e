from dataclasses import dataclass

import pytest
from manyfaces.core.errors import UsageError
from manyfaces.core.tables import lookup, table


@dataclass(frozen=True)
class Row:
    name: str


def test_rows_are_found_by_name_and_the_table_is_read_only():
    rows = table([Row("blur"), Row("noise")])
    assert lookup(rows, "blur", "operator") == Row("blur")
    with pytest.raises(TypeError):
        rows["third"] = Row("third")


def test_two_rows_of_one_name_are_refused():
    with pytest.raises(ValueError, match="'blur'"):
        table([Row("blur"), Row("blur")])


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"Did you mean noise\?"):
        lookup(table([Row("blur"), Row("noise")]), "nois", "operator")


def test_a_third_partys_row_is_named_by_module_and_attribute():
    assert lookup(table([Row("blur")]), "string:digits", "operator") == "0123456789"
    with pytest.raises(UsageError, match="cannot be imported"):
        lookup(table([Row("blur")]), "string:nothing", "operator")


def test_of_a_long_table_only_the_first_names_are_shown():
    rows = {f"row-{number}": number for number in range(40)}
    with pytest.raises(UsageError) as caught:
        lookup(rows, "nothing", "row")
    assert "row-11, … (40 in all)" in str(caught.value)
    assert "row-12" not in str(caught.value)
