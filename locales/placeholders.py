"""`{named}` arguments in sentences, and nothing more than that.

`str.format` would let a translator reach into objects (`{a.__class__}`) and would fail on a stray brace, so
sentences are filled here. Isolation follows Unicode UAX 9: FSI (U+2068) .. PDI (U+2069) around a
foreign-direction argument keeps it from reordering its neighbours; the idea is Fluent's `use_isolating`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

__all__ = [
    "FSI",
    "PDI",
    "MissingArgument",
    "fill",
    "isolate",
    "names",
    "stray_braces",
    "units",
    "without_isolates",
]

FSI = "\u2068"
PDI = "\u2069"
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_ISOLATES = re.compile(f"[{FSI}{PDI}]")
# Characters that steer direction, with which an argument could break out of its isolate; half characters,
# which no platform takes.
_NOT_IN_ARGUMENTS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class MissingArgument(KeyError):
    """A sentence names a placeholder for which no argument was given."""

    def __init__(self, message_id: str, name: str) -> None:
        super().__init__(name)
        self.message_id = message_id
        self.name = name

    def __str__(self) -> str:
        return f"message {self.message_id!r} needs the argument {self.name!r}"


def names(sentence: str) -> Counter[str]:
    """How often each placeholder stands in a sentence."""
    return Counter(_NAME.findall(sentence))


def stray_braces(sentence: str) -> str:
    """The first braces that are no placeholder, with what they hold, or ''."""
    rest = _NAME.sub("", sentence)
    found = re.search(r"\{[^{}]*\}?|\}", rest)
    return found.group() if found else ""


def fill(sentence: str, values: Mapping[str, str], message_id: str = "") -> str:
    """The sentence with every `{name}` replaced by its value. Raises MissingArgument."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise MissingArgument(message_id, name)
        return values[name]

    return _NAME.sub(value, sentence)


def isolate(value: str, direction: str) -> str:
    """The value, between FSI and PDI where it would disturb a sentence of `direction` ('ltr' or 'rtl')."""
    classes = {unicodedata.bidirectional(c) for c in value}
    foreign = {"L", "EN"} if direction == "rtl" else {"R", "AL", "AN"}
    return f"{FSI}{value}{PDI}" if classes & foreign else value


def clean(value: str) -> str:
    """A plain argument without characters that steer direction and without half characters."""
    return _NOT_IN_ARGUMENTS.sub("", value)


def without_isolates(text: str) -> str:
    """What a reader sees of a text: the same without FSI and PDI."""
    return _ISOLATES.sub("", text)


def units(text: str, utf16: bool) -> int:
    """Length of a text as a platform counts it: in UTF-16 units, or in code points."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if utf16 else len(text)
