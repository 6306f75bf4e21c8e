"""The small picture of a browser's tab: two faces, one of them forged."""

from __future__ import annotations

import base64
from typing import Final

ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<ellipse cx="5" cy="6" rx="4" ry="5" fill="#0f766e"/>'
    '<ellipse cx="11" cy="10" rx="4" ry="5" fill="#c2410c"/></svg>'
)
# Within the page: a published folder is read from disk as well, and asks for no further file.
ICON_ADDRESS: Final = f"data:image/svg+xml;base64,{base64.b64encode(ICON.encode()).decode()}"
