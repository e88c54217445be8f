"""The words on the screens: plain, and without the ones that do harm."""

import re
from pathlib import Path

import pytest

from web.pages.rendering import TEMPLATES

STATIC = TEMPLATES.parent / "static"
JARGON = re.compile(r"abscon|awol|uasc|traffick|\bM/?A\b code", re.IGNORECASE)
FILES = sorted([*TEMPLATES.glob("*.html"), *STATIC.iterdir()])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_screen_has_a_word_that_blames_or_brands_a_child(file: Path) -> None:
    """Whoever looks over a shoulder reads nothing that marks the child."""
    assert not JARGON.search(file.read_text("utf-8"))


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.html")), ids=lambda file: file.name)
def test_no_page_has_a_script_or_style_of_its_own(file: Path) -> None:
    """The content policy forbids them; a page that had one would lose it."""
    text = file.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text)
