"""The texts of a bundle: pages for participants, and what the maintainer does with it."""

from __future__ import annotations

import re
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from ... import __version__
from ..challenge.folder import ChallengeFolder
from .columns import OVERALL, column_names
from .options import Options

PAGES: Final = ("description", "evaluation", "terms", "submission")


def participants_pages(folder: ChallengeFolder, options: Options, host: str) -> dict[str, bytes]:
    """``<name>.html`` → the page, a fragment for the host's own frame; see ``PAGES``."""
    facts = {**_facts(folder, options), "host": host}
    return {f"{name}.html": _page(f"{name}.html", facts) for name in PAGES}


def maintainers_page(folder: ChallengeFolder, options: Options, host: str, upload: str) -> bytes:
    """``README.md``: what to do with the bundle at its host."""
    return _page(f"{host}.md", {**_facts(folder, options), "upload": upload})


def dockerfile(options: Options) -> bytes:
    """An image with the pinned manyfaces, for hosts that take one."""
    return _page("Dockerfile", {"requirement": options.requirement, "wheel": options.wheel})


def _page(name: str, facts: dict[str, Any]) -> bytes:
    pages = Environment(
        loader=PackageLoader(__package__),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters["paragraphs"] = paragraphs
    return pages.get_template(name).render(facts).encode()


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs: what stands between empty lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _facts(folder: ChallengeFolder, options: Options) -> dict[str, Any]:
    rules = folder.rules
    return {
        "rules": rules,
        "tracks": rules.tracks,
        "counts": {name: len(folder.manifest(name).images) for name in rules.track_names},
        "columns": column_names(rules),
        "overall": OVERALL,
        "better": "higher" if rules.ranking.headline.higher_is_better else "lower",
        "decimals": None if folder.revealed else rules.decimals,
        "commitment": folder.commitment,
        "options": options,
        "version": __version__,
    }
