"""A verb of ``manyfaces board``, called as its user does."""

from manyfaces.cli.board import app
from typer.testing import CliRunner


def call(*arguments, code=0, **environment):
    """What the verb printed; errors of ours are raised, another exit code fails."""
    done = CliRunner().invoke(app, list(map(str, arguments)), env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done
