"""The published site over HTTP: files by name, and nothing beside them."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from .headers import SITE_POLICY

KEPT: Final = 1 << 20  # bytes of a file that stays in memory
FILES: Final = 2000  # so many of them
# The published pages know of no server; here they lead to its forms.
END_OF_LINKS: Final = b"</ul></nav>"
TAKE_PART: Final = b'<li><a href="/app">Take part</a></li>\n'
KIT: Final = b'<li><a href="/app/kit">Kit</a></li>\n'


@dataclass(slots=True)
class Site:
    """Serves one folder; files are read again when they have changed; pages lead to the forms.

    Args:
        root: the folder.
        kit: whether pages lead to the kit as well.
    """

    root: Path
    kit: bool = False
    _kept: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def answer(self, name: str) -> Response:
        """The file of a path.

        Raises:
            HTTPException: 404.
        """
        path = self._find(name)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Response(
            self._read(path),
            media_type="application/x-ndjson" if path.suffix == ".jsonl" else kind,
            headers={"Content-Security-Policy": SITE_POLICY, "Cache-Control": "no-cache"},
        )

    def _find(self, name: str) -> Path:
        parts = [part for part in name.split("/") if part]
        odd = any(
            part.startswith(".") or len(part) > 200 or "\\" in part or "\x00" in part
            for part in parts
        )
        if odd or len(name) > 500:
            raise HTTPException(404, "there is no such page")
        path = self.root.joinpath(*parts)
        if path.is_dir():
            path /= "index.html"
        # Links within the site could lead out of it.
        if not path.is_file() or not path.resolve().is_relative_to(self.root.resolve()):
            raise HTTPException(404, "there is no such page")
        return path

    def _read(self, path: Path) -> bytes:
        stamp, key = path.stat().st_mtime_ns, str(path)
        if (kept := self._kept.get(key)) is not None and kept[0] == stamp:
            return kept[1]
        data = path.read_bytes()
        if path.suffix == ".html":
            data = data.replace(END_OF_LINKS, TAKE_PART + KIT * self.kit + END_OF_LINKS, 1)
        if len(data) <= KEPT:
            if len(self._kept) >= FILES:
                self._kept.clear()
            self._kept[key] = (stamp, data)
        return data
