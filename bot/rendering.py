"""A `Reply` in a language and cut to a channel: what is sent, word for word.

Pure: packs and limits in, strings out. A reply is rendered once, before its first sending, and stored with
the pack's version.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import locales
from bot.channels import Limits
from bot.messages import Choice, Reply
from locales import Text
from locales.placeholders import FSI, PDI, isolate, units

__all__ = ["Rendered", "render_reply", "split"]

BULLET = "•"
_RLM = "\u200f"
_SENTENCE_ENDS = ".!?…؟۔।።。！？"
_LIST_NUMBER = re.compile(r"^\u200f?\d{1,3}\.$", re.MULTILINE)
_CLOSERS = "\"'”’»)]" + PDI


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent of one reply.

    parts: in order, each within the channel's limit, none empty. choices: (code, label) of the buttons under
    the last part; () where the choices are written out as a numbered list. pack_version: of `language`'s
    pack.
    """

    parts: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    language: str
    direction: Literal["ltr", "rtl"]
    pack_version: str


def render_reply(reply: Reply, language: str, limits: Limits) -> Rendered:
    """The reply in `language`, split for a channel with `limits`.

    The choices become a numbered list where the channel has no buttons or too few; their numbers are their
    places in `reply.choices`, from 1. Raises KeyError and MissingArgument where the code names a message
    wrongly. One library of packs speaks throughout, whatever goes live meanwhile.
    """
    with locales.held():
        return _rendered(reply, language, limits)


def _rendered(reply: Reply, language: str, limits: Limits) -> Rendered:
    pack = locales.pack(language)
    body = _body([locales.render(paragraph, language).strip() for paragraph in reply.paragraphs])
    as_buttons = len(reply.choices) <= limits.buttons
    numbered = "" if as_buttons or not reply.choices else _numbered(reply.choices, language, pack.direction)
    return Rendered(
        parts=_parts(body, numbered, limits),
        choices=_buttons(reply.choices, language) if as_buttons else (),
        language=language,
        direction=pack.direction,
        pack_version=pack.version,
    )


def _body(paragraphs: Sequence[str]) -> str:
    """Paragraphs with a blank line between them; the lines of one list stay together."""
    body = ""
    for before, paragraph in zip(("", *paragraphs), paragraphs, strict=False):
        listed = before.startswith(BULLET) and paragraph.startswith(BULLET)
        body += ("\n" if listed else "\n\n" if before else "") + paragraph
    return body


def _buttons(choices: tuple[Choice, ...], language: str) -> tuple[tuple[str, str], ...]:
    return tuple((choice.code, _label(locales.render(choice.label, language))) for choice in choices)


def _label(text: str) -> str:
    """A label that stands alone needs no isolate around all of it."""
    whole = text.startswith(FSI) and text.find(PDI) == len(text) - 1
    return text[1:-1] if whole else text


def _numbered(choices: tuple[Choice, ...], language: str, direction: Literal["ltr", "rtl"]) -> str:
    # The mark keeps a line right-to-left whose label is Latin, such as the name of a language.
    mark = _RLM if direction == "rtl" else ""
    lines = [
        f"{mark}{number}. {isolate(label, direction)}"
        for number, (_, label) in enumerate(_buttons(choices, language), start=1)
    ]
    how = locales.render(Text("choices.answer_with_number"), language)
    return "\n".join([*lines, "", how])


def _parts(body: str, numbered: str, limits: Limits) -> tuple[str, ...]:
    whole = "\n\n".join(filter(None, (body, numbered)))
    if units(whole, limits.utf16) <= limits.text_units:
        return (whole,) if whole else ()
    parts = split(body, limits.text_units, utf16=limits.utf16)
    if not numbered:
        return parts
    # A list that is torn apart is hard to answer: it stays whole, with as much of the body as fits before it.
    last = f"{parts[-1]}\n\n{numbered}" if parts else numbered
    if parts and units(last, limits.utf16) <= limits.text_units:
        return (*parts[:-1], last)
    return (*parts, *split(numbered, limits.text_units, utf16=limits.utf16))


def split(text: str, limit: int, *, utf16: bool) -> tuple[str, ...]:
    """The text in parts of at most `limit` units; nothing but white space at the cuts is lost.

    Cut at the end of a paragraph in the second half of a part, else of a line or sentence, else at white
    space, else between graphemes. An isolated argument (FSI..PDI) is left whole; one longer than a part is
    closed and opened again. limit: at least 8 units.
    """
    if limit < 8:
        raise ValueError(f"limit is {limit}; expected at least 8 units")
    parts: list[str] = []
    rest = text.strip()
    while units(rest, utf16) > limit:
        cut, isolates = _cut(rest, limit, utf16)
        parts.append(rest[:cut].rstrip() + PDI * isolates)
        rest = FSI * isolates + rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return tuple(part for part in parts if part.strip(f"{FSI}{PDI} \n"))


def _cut(text: str, limit: int, utf16: bool) -> tuple[int, int]:
    """Where to cut so that the first piece fits, and how many isolates are open there (each costs a unit)."""
    paragraph = sentence = space = grapheme = last = used = depth = 0
    inside = (0, 0)
    for index, c in enumerate(text):
        # The place before `c` is a possible cut: `used` units lie before it.
        last = index
        if depth and used + depth <= limit and index > depth and not _joined(text, index):
            inside = (index, depth)
        elif not depth and index and not _joined(text, index):
            grapheme = index
            if c.isspace():
                space = index
                if c == "\n" or _ends_sentence(text, index):
                    sentence = index
                if text.startswith("\n\n", index) and used > limit // 2:
                    paragraph = index
        depth = max(0, depth + (c == FSI) - (c == PDI))
        used += units(c, utf16)
        if used > limit:
            break
    for cut in (paragraph, sentence, space, grapheme):
        if cut:
            return cut, 0
    return inside if inside[0] else (max(1, last), 0)


def _ends_sentence(text: str, index: int) -> bool:
    """True where a sentence ends before the white space at `index`; the number of a list line ends none."""
    if _LIST_NUMBER.search(text, max(0, index - 6), index):
        return False
    before = index - 1
    while before > 0 and text[before] in _CLOSERS:
        before -= 1
    return text[before] in _SENTENCE_ENDS


def _joined(text: str, index: int) -> bool:
    """True where the characters before and at `index` show as one (after UAX 29, as far as chats need it)."""
    before, at = text[index - 1], text[index]
    if unicodedata.category(at) in ("Mn", "Mc", "Me") or at in "\u200d\u200c" or before == "\u200d":
        return True
    if "\U0001f3fb" <= at <= "\U0001f3ff" or "\U000e0020" <= at <= "\U000e007f":
        return True
    if before == "\r" and at == "\n":
        return True
    if _flag(at) and _flag(before):
        run = 0
        while index - 1 - run >= 0 and _flag(text[index - 1 - run]):
            run += 1
        return run % 2 == 1
    return False


def _flag(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"
