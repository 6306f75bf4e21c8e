"""A board's server on a port of this machine, and requests that no honest client would send."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import threading
import time

import uvicorn
from manyfaces.leaderboard.server.app import make_app
from manyfaces.leaderboard.server.running import server_config
from manyfaces.leaderboard.server.settings import Settings
from manyfaces.leaderboard.submissions.accounts import account_of, create_account

SECRET = "s" * 64
SERVER = r"""
import sys
from pathlib import Path
import uvicorn
from manyfaces.leaderboard.boards import open_board
from manyfaces.leaderboard.server.app import make_app
from manyfaces.leaderboard.server.running import server_config
from manyfaces.leaderboard.server.settings import Settings
if __name__ == "__main__":
    settings = Settings("s" * 64, checkers=1, requests_per_minute=10**6, logins_per_minute=10**6)
    app = make_app(open_board(Path(sys.argv[1])), settings)
    uvicorn.Server(server_config(app, "127.0.0.1", int(sys.argv[2]), None)).run()
"""


class Served:
    """A running server."""

    def __init__(self, board, port):
        self.board, self.port = board, port

    def raw(self, data, wait=10.0):
        """Send bytes as they are; everything that comes back until the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            line.sendall(data)
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                return b"".join(iter(lambda: line.recv(65536), b""))
            return b""

    def ask(self, method, path, body=None, **headers):
        """Status, headers and text of an answer; nothing is followed or put right."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body, names)
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read().decode(errors="replace")
        finally:
            line.close()

    def api(self, method, path, token=None, value=None, body=None, **headers):
        """Status and JSON."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if value is not None:
            body, headers["Content_Type"] = json.dumps(value).encode(), "application/json"
        status, _, text = self.ask(method, path, body, **headers)
        return status, json.loads(text)

    def account(self, name, **options):
        """A new account: its token and itself."""
        token = create_account(self.board.database, name, **options)
        return token, account_of(self.board.database, token)

    def log_in(self, token):
        """A session's cookie."""
        status, headers, _ = self.form("/app/login", {"token": token})
        assert status == 303
        return headers["Set-Cookie"].partition(";")[0]

    def form(self, path, values, cookie="", **headers):
        """Send a form as a browser does."""
        from urllib.parse import urlencode

        return self.ask(
            "POST", path, urlencode(values), Cookie=cookie,
            Content_Type="application/x-www-form-urlencoded", **headers,
        )  # fmt: skip

    def form_token(self, cookie):
        """The token that the forms of a session carry."""
        text = self.ask("GET", "/app/submit", Cookie=cookie)[2]
        return text.partition('name="csrf" value="')[2].partition('"')[0]


def put(server, draft, data, track="clean"):
    return server.api("PUT", f"{draft}/parts/{track}", server.ann, body=data)


def still_well(server):
    return server.api("GET", "/health")[0] == 200


def head(server, path, *lines, method="POST", token=None):
    rows = [
        f"{method} {path} HTTP/1.1",
        "Host: board",
        f"Authorization: Bearer {token or server.ann}",
        *lines,
    ]
    return "\r\n".join([*rows, "", ""]).encode()


def multipart(fields, files):
    """A form with files as bytes, its boundary B."""
    out = []
    for name, value in fields.items():
        out += [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()]
    for name, (filename, data) in files.items():
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        out += [head.encode() + b"Content-Type: application/json\r\n\r\n" + data + b"\r\n"]
    return b"".join([*out, b"--B--\r\n"])


@contextlib.contextmanager
def served(board, **settings):
    """Serve a board while the block runs."""
    fast = {
        "secret": SECRET,
        "checkers": 1,
        "requests_per_minute": 10**6,
        "logins_per_minute": 1000,
    }
    app = make_app(board, Settings(**{**fast, **settings}))
    server = uvicorn.Server(server_config(app, "127.0.0.1", 0, None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield Served(board, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(server, place):
    """Start the server as a process of its own, and wait until it answers."""
    (place / "server.py").write_text(SERVER)
    words = [sys.executable, str(place / "server.py"), str(server.board.folder.root)]
    process = subprocess.Popen([*words, str(server.port)], stderr=subprocess.DEVNULL)
    for _ in range(600):
        with contextlib.suppress(OSError):
            server.ask("GET", "/health")
            return process
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
