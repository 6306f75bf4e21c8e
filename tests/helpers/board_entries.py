"""Entries of a board of result files, and a reader of its pages."""

from html.parser import HTMLParser

import numpy as np
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.results import Result, Score
from manyfaces.benchmark.scoring.kept_draws import name_of, pack
from manyfaces.leaderboard.entries import Entry
from manyfaces.leaderboard.ranking import Headline, standings
from manyfaces.leaderboard.site.content import Content
from manyfaces.leaderboard.site.facts import Facts

HASHES = {"truth": "t" * 64, "protocol": DEFAULT.sha256, "predictions": "p" * 64}
SPREAD = np.random.default_rng(3).normal(0, 0.02, 200)
VOID = {"meta", "br", "link", "img"}


def entry(name, hashes=HASHES, low=None, high=None, **options):
    """An entry with a mask AP per track (with _ for -); other options are the entry's own."""
    own = {key: options.pop(key) for key in list(options) if key in Entry.model_fields}
    scores = tuple(
        Score(
            track=track.replace("_", "-"),
            task="mask",
            metric="AP",
            class_="all",
            value=value,
            n=0 if value is None else 9,
            low=low,
            high=high,
        )
        for track, value in options.items()
    )
    result = Result(protocol=DEFAULT.record(), hashes=hashes, scores=scores)
    return Entry(name=name, result=result, **own)


def drawn(name, sign=1.0, **values):
    """An entry whose draws are its values, give or take the same spread for all."""
    plain = entry(name, **values)
    draws = {
        name_of(track.replace("_", "-"), Headline().key): pack(np.clip(value + sign * SPREAD, 0, 1))
        for track, value in values.items()
    }
    return Entry(name=name, result=plain.result.model_copy(update={"draws": draws}))


def content(entries, title="A & B", headline=None, decimals=None, **facts):
    chosen = headline or Headline()
    return Content(standings(entries, chosen), title, chosen, decimals, Facts(**facts))


class Page(HTMLParser):
    """Its elements with their attributes, its text, its links; not well-formed is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.elements.append((tag, dict(attrs), list(self.open)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), list(self.open)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())

    @property
    def links(self):
        return [
            value
            for _, attrs, _ in self.elements
            for name, value in attrs.items()
            if name in {"href", "src"}
        ]

    def all(self, tag):
        return [attrs for name, attrs, _ in self.elements if name == tag]
