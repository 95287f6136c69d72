"""Text as a wary reader reads it: one spelling for tricks of spelling, sentences, and whether it is of a language.

For texts that a machine wrote. Pure; the words of a language that are looked at are those that hold its sentences together.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LANGUAGES", "is_of", "plain", "sentences", "tokens"]

# What typesetting makes of plain marks; what keyboards, fonts and tricks make of a hyphen.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ´`′＇", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−⁃﹘﹣－⸺⸻", "-"),
        "…": "...",
        "\u00ad": None,
        "\u3164": None,
        "\u115f": None,
        "\u1160": None,
        "\u2800": None,
        "\u034f": None,
    }
)
_END = re.compile(r"""(?<=[.!?؟۔])(["')]*)\s+""")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_HOLD = {
    "en": _words(
        "the a an of to in is are it that this and or not be can may on with for from by at as if you your i my we "
        "they there what which when who should could would must will do does no more some any most very was has have "
        "so but than then them its other before after until only all"
    ),
    "sw": _words(
        "na ya wa kwa ni la za cha vya katika kwenye au hii hili huo hiyo yako kama si lakini pia ili kuwa mtu bila "
        "hadi ikiwa tu sana zaidi haya hizi yake kwamba inaweza linaweza unaweza"
    ),
}
# Of Swahili and of languages that are written in the same letters; none of them is an English word.
_ELSEWHERE = _words(
    "de la el los las que en una por para con le les des du est une et dans pas der das und ist nicht mit ein eine auf "
    "il di che per non della som och att av det na ya kwa ni wa za cha katika hii hili yako lakini kwenye dan yang "
    "untuk dengan tidak ini itu het een van niet se os uma nao ve bir icin"
)
LANGUAGES = ("en", "sw", "ar")
"""Languages that `is_of` can tell."""


def plain(text: str) -> str:
    """The text in its simplest writing: compatibility forms, typographic marks and invisible characters made plain.

    White space becomes single spaces. Letters of other scripts that look alike stay what they are: `is_of` sees them.
    """
    text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    text = "".join(
        c for c in text if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co", "Cn")
    )
    return " ".join(text.split())


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a plain text, each with its mark; what comes after the last mark is the last of them."""
    parts = _END.split(text)
    whole = ["".join(parts[n : n + 2]).strip() for n in range(0, len(parts), 2)]
    return tuple(one for one in whole if one)


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in small letters."""
    return tuple(_TOKEN.findall(text.lower()))


def is_of(text: str, language: str) -> bool:
    """True where a plain text is written in the language's script and held together by its words.

    False for a language that is not in `LANGUAGES`, and for a text too short to tell.
    """
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    if not letters:
        return False
    if language == "ar":
        return all("\u0600" <= c <= "\u06ff" or "\u0750" <= c <= "\u077f" for c in letters)
    said = tokens(text)
    if language not in _HOLD or not all(c.isascii() for c in letters) or len(said) < 2:
        return False
    own = [word for word in said if word in _HOLD[language]]
    foreign = {word for word in said if word in _ELSEWHERE and word not in _HOLD[language]}
    return bool(own) and len(own) >= len(said) / 6 and len(foreign) < 2
