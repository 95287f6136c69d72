"""In which languages the console speaks: not in every one that the chat speaks.

A pack may have all that patients hear and hardly a sentence of the console. Its pages would be English under the name of that
language, with danger words of the other between: a screen reader reads them with the wrong voice. They are English then.
"""

from __future__ import annotations

import locales
from bot.web.chat_page import preferred_language
from locales import kept

__all__ = ["SHARE", "offered", "preferred"]

# So much of the console's own sentences a pack has whose language is offered. A new English leaves some behind for a while.
SHARE = 0.9
PREFIX = "console."


def offered(allow_unreviewed: bool) -> tuple[str, ...]:
    """Codes of the languages that can be chosen, English first."""
    return tuple(code for code in locales.languages(allow_unreviewed) if _speaks(code))


def preferred(accept_language: str, allow_unreviewed: bool) -> str:
    """The first of a browser's languages that is offered, else English."""
    return preferred_language(accept_language, allow_unreviewed, offered(allow_unreviewed))[0]


@kept()
def _speaks(code: str) -> bool:
    if code == "en":
        return True
    library = locales.library()
    own = [library.translations(one) for one in library.chain(code) if one != "en"]
    ours = [entry for name, entry in library.template.items() if name.startswith(PREFIX)]
    there = sum(1 for entry in ours if any(pack.of(entry) for pack in own))
    return there >= SHARE * len(ours)
