"""Random requests by the API's own description: none ends in a fault of the server."""

from itertools import count

import challenges
import pytest
from hypothesis import HealthCheck, Phase, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.server.app import make_app
from manyfaces.leaderboard.server.detection_rules import DetectionRules
from manyfaces.leaderboard.server.settings import Settings
from manyfaces.leaderboard.submissions.accounts import account_of, create_account

EXAMPLES = 12  # of each operation


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    place = tmp_path_factory.mktemp("fuzzed")
    limits = {"file_size": "1 MB", "uploads_per_hour": 10_000}
    board = create_board(
        place / "board", challenges.rules(place, registration="open", limits=limits)
    )
    board.publisher.look(at_once=True)
    wide = {"requests_per_minute": 10**6, "logins_per_minute": 10**6}
    detection = DetectionRules({"bright": "bright_faces:BrightFaces"}, per_hour=10**6)
    app = make_app(board, Settings(secret="s" * 64, checkers=1, detection=detection, **wide))
    token = create_account(board.database, "Fuzz", maintainer=True)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    member = account_of(board.database, token)
    schema.key = board.desk.begin(member, Method(name="fuzzed", authors="A"))
    schema.config.update(headers={"Authorization": f"Bearer {token}"})
    yield schema
    app.state.board.checker.close()
    app.state.board.detection.close()


def test_no_request_is_a_fault_of_the_server(api):
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) >= 23
    answered = {label(operation): fuzz(operation, api.key) for operation in operations}
    # The fuzzer got through to what it asks for, and was refused as well.
    assert sum(200 in statuses for statuses in answered.values()) >= 8
    assert any(422 in statuses for statuses in answered.values())


def label(operation):
    return f"{operation.method} {operation.path}"


def fuzz(operation, key):
    """Call one operation with many values; the statuses that came back."""
    statuses, turn = set(), count()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def call(case):
        if next(turn) % 2:  # by chance alone no id would ever be one
            real = {"key": key, "track": "clean"}
            case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
            if "detector" in (case.query or {}):
                case.query["detector"] = "bright"
        answer = case.call()
        assert answer.status_code < 500, (label(operation), answer.text)
        if operation.path.startswith("/api"):
            told = answer.json()
            assert answer.status_code < 400 or told["error"]
        statuses.add(answer.status_code)

    call()
    return statuses
