"""The mark in a published picture: an XMP packet in a JPEG or PNG, its pixels untouched.

A mark tells a forgery without a look at the face, so pictures that are scored carry none.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from ...core.errors import DataError
from .source_type import SCHEME

# Every packet is padded to one length: the size of a file must not say what the mark says.
# Room to edit in place is what the XMP specification has the padding for.
LENGTH: Final = 4096

_JPEG_START: Final = b"\xff\xd8"
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_XMP_IN_JPEG: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_IN_PNG: Final = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00"
_APP0, _APP1, _SCAN = 0xE0, 0xE1, 0xDA
_ID: Final = "W5M0MpCehiHzreSzNTczkc9d"  # fixed by the XMP specification
_TYPE: Final = re.compile(rb"<Iptc4xmpExt:DigitalSourceType>([^<]*)<")

_HEAD: Final = 1 << 18  # bytes: a mark stands before the picture

_PACKET: Final = """<?xpacket begin="\ufeff" id="{id}"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
<Iptc4xmpExt:DigitalSourceType>{scheme}{term}</Iptc4xmpExt:DigitalSourceType>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{rights}</rdf:li></rdf:Alt></dc:rights>
<photoshop:Credit>{credit}</photoshop:Credit>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
"""
_END: Final = '<?xpacket end="w"?>'


def packet(term: str, rights: str, credit: str) -> bytes:
    """The XMP packet of a picture, ``LENGTH`` bytes whatever it says.

    Args:
        term: a digital source type, without its scheme.
        rights: the licences, cut where they are too long.
        credit: whose photographs it shows, cut as well.
    """
    texts = {"rights": rights, "credit": credit}
    cut = {name: escape(text[:600]) for name, text in texts.items()}
    while True:
        head = _PACKET.format(id=_ID, scheme=SCHEME, term=escape(term), **cut).encode()
        room = LENGTH - len(head) - len(_END)
        if room >= 0:
            return head + b" " * room + _END.encode()
        # Escapes and letters of several bytes: halve until it fits.
        texts = {name: text[: len(text) // 2] for name, text in texts.items()}
        cut = {name: escape(text[:600]) for name, text in texts.items()}


def mark(data: bytes, xmp: bytes, where: object) -> bytes:
    """The picture's bytes with the packet in them; an XMP packet that it had is replaced.

    Raises:
        DataError: the bytes are neither a JPEG nor a PNG.
    """
    if data.startswith(_JPEG_START):
        return _mark_jpeg(data, xmp, where)
    if data.startswith(_PNG_START):
        return _mark_png(data, xmp)
    raise DataError(
        "a picture cannot be marked",
        where=where,
        got=f"bytes that begin with {data[:4]!r}",
        expected="a JPEG or a PNG",
        mend="Release it for evaluation, which copies pictures as they are",
    )


def read_mark(data: bytes) -> str | None:
    """The digital source type that a picture states, without its scheme; None for none."""
    found = _TYPE.search(data, 0, _HEAD)
    return None if found is None else found[1].decode().removeprefix(SCHEME)


def _mark_jpeg(data: bytes, xmp: bytes, where: object) -> bytes:
    """The packet behind the leading JFIF and EXIF segments, where readers look for it."""
    kept = [data[:2]]
    place, rest = 1, 2
    for marker, start, end in _segments(data, where):
        body = data[start:end]
        rest = end
        if marker == _APP1 and body[4:].startswith(_XMP_IN_JPEG):
            continue
        kept.append(body)
        if marker in (_APP0, _APP1) and place == len(kept) - 1:
            place += 1
    payload = _XMP_IN_JPEG + xmp
    kept.insert(place, struct.pack(">BBH", 0xFF, _APP1, len(payload) + 2) + payload)
    return b"".join(kept) + data[rest:]


def _segments(data: bytes, where: object) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN:
            return
        yield marker, at, at + 2 + length
        at += 2 + length
    raise DataError("the JPEG ends before its picture begins", where=where)


def _mark_png(data: bytes, xmp: bytes) -> bytes:
    kept = [_PNG_START]
    for kind, chunk in _chunks(data):
        if kind != b"iTXt" or not chunk[8:].startswith(_XMP_IN_PNG):
            kept.append(chunk)
        if kind == b"IHDR":
            kept.append(_chunk(b"iTXt", _XMP_IN_PNG + xmp))
    return b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_START)
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at:end]
        at = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
