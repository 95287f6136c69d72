"""Which language a chat is in: guessed, offered in its own script, changed at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import locales
from bot.conversation.state import ChatState
from bot.messages import Choice, Inbound, Reply, Text

__all__ = ["ask", "choices", "guessed", "known", "others", "set_to"]

# More than this many other languages are behind one button, so that the list under consent stays short.
_AT_ONCE = 3
# Words by which a first message tells its language.
_TELLING = ("words.hello", "words.yes", "words.no", "words.help")


def others(state: ChatState) -> tuple[str, ...]:
    """Codes of the packs that may run here, but for the chat's own."""
    return tuple(code for code in locales.languages(state.here.unreviewed) if code != state.language)


def ask(unreviewed: bool) -> Reply:
    """The question which language, once in every language, with every language's name for itself."""
    codes = locales.languages(unreviewed)
    asked = tuple(_as_is(locales.render(Text("language.ask"), code)) for code in codes)
    return Reply(_unique(asked), _buttons(codes), "language")


def choices(state: ChatState) -> tuple[Choice, ...]:
    """The other languages as choices under another question; one button where they are many."""
    codes = others(state)
    if len(codes) > _AT_ONCE:
        return (Choice("language.more", Text("language.more")),)
    return _buttons(codes)


def guessed(items: Iterable[Inbound], unreviewed: bool) -> str:
    """The language that the platform's hint or the first words point to, '' where they do not."""
    active = locales.languages(unreviewed)
    if len(active) == 1:
        return active[0]
    for item in items:
        found = locales.negotiate(item.language_hint, unreviewed) if item.language_hint else None
        found = found or _by_words(item.text, active)
        if found:
            return found
    return ""


def known(code: str, unreviewed: bool) -> bool:
    """True of the code of a pack that may run here."""
    return code in locales.languages(unreviewed)


def set_to(state: ChatState, code: str) -> ChatState | None:
    """The state in another language, None where no such pack runs."""
    if not known(code, state.here.unreviewed):
        return None
    return replace(state, language=code, overlay="")


def _by_words(text: str, active: tuple[str, ...]) -> str | None:
    """The one language in which these words are a greeting, a yes or a no; None where it is none or several."""
    said = locales.normalise(text)
    if not said:
        return None
    if any(said in locales.words(name, "en") for name in _TELLING):
        return "en" if "en" in active else None
    found = [code for code in active if any(said in locales.words(name, code) for name in _TELLING)]
    return found[0] if len(found) == 1 else None


def _buttons(codes: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(f"language.{code}", _as_is(locales.pack(code).name)) for code in codes)


def _as_is(text: str) -> Text:
    return Text("plain.text", {"text": text})


def _unique(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Each once: a pack without this sentence yet shows the English one."""
    return tuple({str(text.args["text"]): text for text in texts}.values())
