"""What the documents point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, tracked

LINK = re.compile(r"!?\[[^\]]*\]\(([^)#:\s]+)\)")


def targets(text: str) -> list[str]:
    """The files a Markdown text links to or shows."""
    return LINK.findall(text)


@pytest.mark.parametrize("name", tracked("*.md"))
def test_links_and_pictures_exist(name: str) -> None:
    """Every relative link of a document leads to a file of the tree."""
    folder = (ROOT / name).parent
    missing = [target for target in targets((ROOT / name).read_text("utf-8")) if not (folder / target).exists()]
    assert missing == []


def test_a_dead_link_is_seen() -> None:
    """The search finds pictures and links, and would miss neither."""
    assert targets("![a](docs/pictures/gone.png) [b](gone.md) [c](https://example.org)") == [
        "docs/pictures/gone.png",
        "gone.md",
    ]
    assert not Path(ROOT / "docs/pictures/gone.png").exists()


def test_the_tables_are_documented() -> None:
    """docs/architecture.md names every table, docs/protocol.md every refusal and control message."""
    from server import wire
    from server.model.refusal import Code
    from server.storage.tables import metadata

    architecture = (ROOT / "docs/architecture.md").read_text("utf-8")
    protocol = (ROOT / "docs/protocol.md").read_text("utf-8")
    assert [name for name in metadata.tables if f"`{name}`" not in architecture] == []
    assert [code for code in Code if f"`{code}`" not in protocol] == []
    tags = re.findall(r'readonly t: "([^"]+)"', wire.typescript())
    assert [tag for tag in tags if not re.search(rf"`{tag}\b", protocol)] == []
