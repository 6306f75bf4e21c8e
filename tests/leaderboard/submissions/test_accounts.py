import pytest
from challenges import member
from manyfaces.core.errors import SubmissionError, UsageError
from manyfaces.leaderboard.submissions import accounts
from manyfaces.leaderboard.submissions.accounts import AccessError, account_of, create_account


def test_a_token_is_nowhere_on_disk(board):
    token = create_account(board.database, "Ann")
    assert len(token) > 40
    for path in board.folder.root.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes()
    assert account_of(board.database, token).name == "Ann"


@pytest.mark.parametrize("token", ["", "mf_", "x" * 10_000, "' OR 1=1 --", "\x00", "\ud800"])
def test_no_other_token_opens_an_account(board, token):
    create_account(board.database, "Ann")
    with pytest.raises(AccessError, match="opens no account"):
        account_of(board.database, token)


def test_a_renewed_or_disabled_account_is_shut_to_old_tokens(board):
    first = create_account(board.database, "Ann")
    second = accounts.renew_token(board.database, "Ann")
    with pytest.raises(AccessError):
        account_of(board.database, first)
    accounts.set_disabled(board.database, "Ann", True)
    with pytest.raises(AccessError):
        account_of(board.database, second)
    accounts.set_disabled(board.database, "Ann", False)
    assert account_of(board.database, second).name == "Ann"
    with pytest.raises(UsageError, match="no account of this name"):
        accounts.renew_token(board.database, "Bob")


def test_names_are_sound(board):
    member(board, "  Zoë ")
    assert [row.name for row in accounts.accounts(board.database)] == ["Zoë"]
    for name in ("", "a\x07", "zoe"):
        with pytest.raises(SubmissionError):
            create_account(board.database, name)
