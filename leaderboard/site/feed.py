"""The board's news as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID, uuid5
from xml.etree import ElementTree

from ...core.files import sha256
from ..dates import moment
from ..digits import number
from ..ranking import Standing
from .content import Content
from .facts import Event, entry_page
from .history import events_of, last_events

FILE: Final = "feed.xml"
MOST: Final = 100  # items; readers keep the older ones
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NAMESPACE: Final = UUID("9c0c2f3a-6f0b-5d0e-9b1c-0d6c0b1f7a52")
_NEWS: Final = {
    "new": "New: {}",
    "rescored": "Scored again: {}",
    "withdrawn": "Withdrawn: {}",
}
_NEVER: Final = "1970-01-01T00:00:00Z"  # a feed needs a time, and a board may have none
# What XML 1.0 cannot hold, escaped or not.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(content: Content) -> bytes:
    """The newest ``MOST`` news: entries that came, were scored again or were withdrawn.

    What has no time is left out. Ids derive from the board's identity and the event's key:
    a title, an address or a score may change, an item stays the same item.
    """
    events = [event for event in events_of(content) if event.kind in _NEWS and event.time]
    newest = events[::-1][:MOST]
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    identity = _identity(content)
    _text(feed, "id", _urn(identity))
    _text(feed, "title", content.title)
    _text(feed, "updated", _time(newest[0]) if newest else _NEVER)
    _text(ElementTree.SubElement(feed, "author"), "name", content.title)
    _link(feed, "self", content.facts.url + FILE)
    _link(feed, "alternate", content.facts.url + "index.html")
    rows = {row.entry.id: row for row in content.rows}
    latest = {event.key for event in last_events(events).values()}
    for event in newest:
        row = rows.get(event.entry)
        _item(feed, content, event, row, identity, is_latest=event.key in latest)
    ElementTree.indent(feed, "")
    data: bytes = ElementTree.tostring(feed, "utf-8", xml_declaration=True)
    return data + b"\n"


def _item(
    feed: ElementTree.Element,
    content: Content,
    event: Event,
    row: Standing | None,
    identity: str,
    *,
    is_latest: bool,
) -> None:
    item = ElementTree.SubElement(feed, "entry")
    _text(item, "id", _urn(f"{identity}/{event.kind}/{event.key}"))
    _text(item, "title", _NEWS[event.kind].format(event.name))
    _text(item, "updated", _time(event))
    if row is not None and row.entry.authors:
        _text(ElementTree.SubElement(item, "author"), "name", row.entry.authors)
    page = "history.html" if row is None else entry_page(row.entry.id)
    _link(item, "alternate", content.facts.url + page)
    _text(item, "content", _words(content, event, row if is_latest else None))


def _words(content: Content, event: Event, row: Standing | None) -> str:
    """The item in a few words; the value stands in the last item of an entry alone."""
    words = [_NEWS[event.kind].format(event.name) + "."]
    if row is not None:
        value = number(content.shown(row.overall), content.places)
        words += [f"Overall {content.metric}: {value}.", row.entry.description]
    if event.record:
        words.append(f"Record {event.record} of the ledger.")
    return " ".join(word for word in words if word)


def _identity(content: Content) -> str:
    """The board's own, or what its entries share; entries come and go."""
    if content.facts.identity:
        return content.facts.identity
    truth = {row.entry.result.hashes.get("truth", "") for row in content.rows}
    return sha256("\n".join([content.title, *sorted(truth)]).encode())


def _urn(key: str) -> str:
    return uuid5(_NAMESPACE, key).urn


def _time(event: Event) -> str:
    time = moment(event.time)
    return _NEVER if time is None else f"{time.replace(tzinfo=None).isoformat('T', 'seconds')}Z"


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _link(parent: ElementTree.Element, relation: str, address: str) -> None:
    kind = "application/atom+xml" if relation == "self" else "text/html"
    ElementTree.SubElement(parent, "link", rel=relation, type=kind, href=address)
