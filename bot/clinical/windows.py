"""A long text heard to its end: in pieces that lap over, each as `alarms.hear` hears one, in a bounded time.

Telegram allows 4,096 characters a message, about 700 words; captions of an album and the words of a voice message add up. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.clinical import alarms
from bot.clinical.alarms import Heard

__all__ = ["MOST", "OVERLAP", "WORDS", "hear", "pieces"]

# Words of a piece, fewer than `matching.MOST_WORDS`; so many of them stand in the next one too.
WORDS = 300
OVERLAP = 40
# So many pieces are heard, about 4,200 words: of a longer text its beginning and its end.
MOST = 16

_WORD = re.compile(r"[^\s.,;:!?…|/¡¿،؛؟।॥።፡፣፤፥፦፧፨]+")
_ENDS = re.compile(r"[.;!?…\n؟।॥።፧፨]")


def hear(text: str, age: str = "", language: str = "") -> Heard:
    """What of danger a text of any length states. age, language: as `alarms.hear`."""
    found = list(pieces(text))
    if len(found) > MOST:
        found = [*found[: MOST // 2], *found[-MOST // 2 :]]
    return _joined([alarms.hear(piece, age, language) for piece in found])


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of at most `WORDS` words; one begins where a sentence does, if one does near enough."""
    spans = [found.span() for found in _WORD.finditer(text)]
    begin = 0
    while begin + WORDS < len(spans):
        end = begin + WORDS
        yield text[spans[begin][0] : spans[end][0]]
        begin = next(
            (n for n in range(end - OVERLAP, end) if _ENDS.search(text, spans[n - 1][1], spans[n][0])),
            end - OVERLAP,
        )
    yield text[spans[begin][0] :] if spans else text


def _joined(heard: list[Heard]) -> Heard:
    """What any of the pieces states, hints at or tells; the most pressing first."""
    if len(heard) == 1:
        return heard[0]
    ordered = [s.id for s in alarms.by_urgency()]
    stated = {sign for one in heard for sign in one.stated}
    hinted = {sign for one in heard for sign in one.hinted} - stated
    harms = {one.harm for one in heard}
    return replace(
        heard[0],
        stated=tuple(s for s in ordered if s in stated),
        hinted=tuple(s for s in ordered if s in hinted),
        harm="die" if "die" in harms else "hurt" if "hurt" in harms else "",
        other=any(one.other for one in heard),
        also=frozenset().union(*(one.also for one in heard)),
    )
