"""Files of sentences that are spoiled by chance, by what somebody hostile would try: the same for the same seed."""

from __future__ import annotations

import random

__all__ = ["mutated"]

_PIECES = (
    '"', "\\", "\n", "msgid", "msgstr", "msgctxt", "msgid_plural", "msgstr[7]", "msgstr[-1]", "#~ ", "#, fuzzy\n", "#: \u2068a",
    "{", "}", "{days}", "{a.__class__}", "\0", "\u202e", "\u2069", "\ud83d".encode("utf-8", "surrogatepass"), "\ufeff", "٣", "%s", "<script>",
    "javascript:", "http://evil.example", "+254 700 123 456", "nplurals=9999999", "plural=n%0", "charset=utf-7", "Content-Type", ";", "|",
    "a" * 5000, "(" * 300, "\r", "\u2028", "&#x202e;", "`" * 50, "x@" * 200, "1" * 400, "a.b/" * 60, "@fever ~ ", "msgid \"\"\nmsgstr \"\"\n",
)  # fmt: skip


def mutated(random_: random.Random, text: bytes) -> bytes:
    """The file with one to twenty pieces put in, taken out, said twice or moved."""
    for _ in range(random_.choice((1, 1, 2, 5, 20))):
        at, end = sorted(random_.randrange(len(text) + 1) for _ in range(2))
        end = min(end, at + random_.choice((0, 1, 3, 60, 400)))
        piece = random_.choice(_PIECES)
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")
        ways = (
            text[:at] + raw + text[at:],
            text[:at] + text[end:],
            text[:at] + text[at:end] * 2 + text[end:],
            text[:at] + bytes([random_.randrange(256)]) + text[at + 1 :],
            text[:at],
            _lines_moved(random_, text),
        )
        text = random_.choice(ways)
    return text


def _lines_moved(random_: random.Random, text: bytes) -> bytes:
    lines = text.split(b"\n")
    lines.insert(random_.randrange(len(lines)), lines.pop(random_.randrange(len(lines))))
    return b"\n".join(lines)
