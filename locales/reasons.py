"""What is wrong with a sentence or a pack: English where it is found, and a message for whoever shows it in another language.

The gate must be able to speak while the catalogue itself is broken, so its English stands in the code; a test holds it to the
template's. To a terminal a reason is plain text.
"""

from __future__ import annotations

from typing import TypeAlias

from locales import placeholders
from locales.text import Text

__all__ = ["Reason", "text_of", "why"]

Value: TypeAlias = "str | int | tuple[str, ...]"


class Reason(str):
    """The English sentence. text: the same as a message with its arguments."""

    text: Text


def why(message_id: str, english: str, /, **args: Value) -> Reason:
    """The reason. english: the message's, with its placeholders. Raises MissingArgument."""
    values = {
        name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in args.items()
    }
    made = Reason(placeholders.fill(english, values, message_id))
    made.text = Text(
        message_id, {name: value.text if isinstance(value, Reason) else value for name, value in args.items()}
    )
    return made


def text_of(reason: str) -> Text | None:
    """The reason as a message; None of one that is English only (what a parser or a library says)."""
    return reason.text if isinstance(reason, Reason) else None
