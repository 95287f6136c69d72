"""English that stands in a page of another language, because its pack has no such sentence: marked as English, so that a screen
reader reads it with the right voice and its direction is its own. Pure.

Whoever makes a template does not have to think of it: a sentence is marked where it is made (`marked`), by two characters that
are none of any text, and these become elements when the page is whole (`told_apart`). In an attribute, where no element can
stand, they only go.
"""

from __future__ import annotations

import re

__all__ = ["marked", "told_apart"]

# Unicode keeps these free for what a program needs within itself.
BEGIN, END = "\ufdd0", "\ufdd1"
_TAG = re.compile(r"<(/?[a-zA-Z][\w-]*)[^>]*>")
_MARKED = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}")
_LOOSE = re.compile(f"[{BEGIN}{END}]")
_ENGLISH = 'lang="en" dir="ltr"'
# What holds text alone. An option can say itself what language it is in.
_PLAIN = ("title", "textarea", "option")


def marked(said: str) -> str:
    """An English sentence, to be told apart in a page of another language. What stands marked in it is a part of it."""
    return f"{BEGIN}{_LOOSE.sub('', said)}{END}"


def told_apart(page: str) -> str:
    """The page with each marked sentence in an element of its own that says that it is English."""
    if BEGIN not in page and END not in page:
        return page
    made: list[str] = []
    at, opened = 0, ""
    for tag in _TAG.finditer(page):
        made += [_text(page[at : tag.start()], opened), _LOOSE.sub("", tag[0])]
        at, opened = tag.end(), tag[1].lower()
        if opened == "option" and page.startswith(BEGIN, at) and " lang=" not in made[-1]:
            made[-1] = f"{made[-1][:-1]} {_ENGLISH}>"
    return "".join((*made, _text(page[at:], opened)))


def _text(text: str, opened: str) -> str:
    """Text between two tags. opened: the tag before it."""
    if opened not in _PLAIN:
        text = _MARKED.sub(rf"<span {_ENGLISH}>\1</span>", text)
    return _LOOSE.sub("", text)
