"""Read aloud: the button under a message, the words that ask for it, and what a chat has chosen. Pure.

`Chat.listen` is ''      nothing chosen: a button under every message
              'once'    something was read: with the next the choice 'always' comes
              'always'  every message is read, unasked
              'never'   the person said no: no button; the words still work
None of this is the conversation's: what is read aloud is what was said, and no question is answered or asked by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import locales
from bot.channels import Limits
from bot.conversation import typed
from bot.messages import Choice, Inbound, Media, Reply, Text

__all__ = ["KEY", "Asked", "asked", "dressed", "listed_place", "note", "offers", "texts_of"]

KEY = "listen"
# Replies without a choice that nobody may miss who cannot read.
_NEVER_WITHOUT = ("now", "handover")
_WORDS: tuple[tuple[Literal["read", "always", "off"], str], ...] = (
    ("always", "listen_always"),
    ("off", "listen_off"),
    ("read", "listen"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of the voice. reply_id: which message to read; None: the last."""

    what: Literal["read", "always", "off"]
    reply_id: int | None = None


def asked(item: Inbound, language: str, listed: int | None) -> Asked | None:
    """What this item asks of the voice, None where it is something else.

    listed: the number under which 'Listen' stood below the last message, where it stood in a list.
    """
    if item.attachments or item.forwarded:
        return None
    if item.kind == "choice":
        question, _, answer = item.choice.partition(".")
        if question != KEY:
            return None
        if answer in ("always", "off"):
            return Asked("always" if answer == "always" else "off")
        return Asked("read", int(answer) if answer.isascii() and answer.isdecimal() else None)
    if item.kind != "message" or len(item.text) > 60:
        return None
    said = locales.normalise(item.text)
    if listed is not None and said == str(listed):
        return Asked("read")
    return next((Asked(what) for what, words in _WORDS if typed.is_word(words, item.text, language)), None)


def texts_of(reply: Reply) -> tuple[Text, ...]:
    """What is read of a reply: its paragraphs, then the answers with the numbers that can be typed."""
    answers = [c for c in reply.choices if not c.code.startswith(f"{KEY}.")]
    return (
        *reply.paragraphs,
        *(Text("listen.choice", {"number": n, "label": c.label}) for n, c in enumerate(answers, 1)),
    )


def note(reply: Reply, language: str) -> Media:
    """The voice note of a reply."""
    return Media("voice", texts=texts_of(reply), language=language)


def offers(reply: Reply, chosen: str, limits: Limits) -> bool:
    """True where a button, or a line of the numbered list, is put under the reply."""
    if reply.key == KEY or not reply.paragraphs:
        return False
    if chosen == "never":
        return False
    if limits.buttons:
        return len(reply.choices) < limits.buttons
    # Without buttons a list of one line under every sentence would be noise: the word does it. Where to go now is worth it.
    return bool(reply.choices) or (reply.key in _NEVER_WITHOUT and not _of_desk(reply))


def _of_desk(reply: Reply) -> bool:
    """True for what a health worker's desk says: the question of another case may stand open, and a typed 1 is its answer."""
    return any(text.id.startswith("desk.") for text in reply.paragraphs)


def dressed(reply: Reply, reply_id: int, chosen: str, language: str, limits: Limits) -> Reply:
    """The reply with what its chat has chosen: the button, or the voice note itself."""
    aloud = chosen == "always" and reply.key != KEY and bool(reply.paragraphs)
    if aloud:
        reply = replace(reply, media=(*reply.media, note(reply, language)))
    if not offers(reply, chosen, limits):
        return reply
    if aloud:
        button = Choice(f"{KEY}.off", Text("listen.off"))
    else:
        button = Choice(f"{KEY}.{reply_id}", Text("listen.button"))
    return replace(reply, choices=(*reply.choices, button))


def listed_place(reply: Reply, chosen: str, limits: Limits) -> int | None:
    """The number under which 'Listen' stands in the reply's list; None where it stands in none."""
    in_list = not limits.buttons and offers(reply, chosen, limits) and chosen != "always"
    return len(reply.choices) + 1 if in_list else None
