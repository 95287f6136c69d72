"""What is posted for one message: free text, buttons, or a template outside the 24 h window. Pure.

Templates are made in Twilio's console and named in the settings: under a language ('sw'), a text template
with one variable for the reply; under 'buttons1', 'buttons2', 'buttons3', a quick-reply content whose body is
{{1}} and whose buttons are title {{2}}, id {{3}}, title {{4}}, id {{5}} ... (needs no approval within the
window; three at most); under 'alert' or 'alert-sw', a text template without a variable, which calls a clinician
into the chat and says nothing of whom. Rules for variables: messaging.md 3.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.channels import LIMITS, SendFailed
from bot.messages import Outgoing

__all__ = ["can_knock", "content", "same_text", "units"]

# The clocks of Meta, Twilio and this machine differ, and a message waits in Twilio's queue.
WINDOW_MARGIN_S: Final = 120.0
# A template holds 1,024 characters with its own words (63021).
TEMPLATE_VARIABLE_MAX: Final = 900
BUTTONS_BODY_MAX: Final = 1024
BUTTON_TITLE_MAX: Final = 20


def units(text: str) -> int:
    """The length of a text in UTF-16 units, as WhatsApp counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def content(outgoing: Outgoing, templates: Mapping[str, str], now: float) -> dict[str, Any]:
    """The parameters of the message: `body`, `media_url` (with `body` where there are words), or `content_sid` with
    `content_variables`.

    Raises SendFailed: 'never' for what is empty or too long, 'window' where free text is not allowed and no
    template of the language (or of its parent: 'sw-KE', 'sw') can carry the text.
    """
    text = outgoing.text
    limit = LIMITS["whatsapp"].text_units
    if not text.strip() and outgoing.medium is None:
        raise SendFailed("never", code="empty")
    if units(text) > limit:
        raise SendFailed("never", code="21617")
    window_s = LIMITS["whatsapp"].window_s or 0.0
    if outgoing.last_inbound_at is None or now - outgoing.last_inbound_at > window_s - WINDOW_MARGIN_S:
        if outgoing.medium is not None:  # a text template carries no medium
            raise SendFailed("window", code="no_template")
        if outgoing.outside == "withheld":
            raise SendFailed("window", code="withheld")
        if outgoing.outside == "knock" and (sid := _alert(outgoing.language, templates)):
            return {"content_sid": sid}
        return _template(text, outgoing.language, templates)
    if outgoing.medium is not None:
        if not outgoing.medium.url:
            raise SendFailed("never", code="no_public_url")
        return {"media_url": [outgoing.medium.url], **({"body": text} if text.strip() else {})}
    return _buttons(outgoing, templates) or {"body": text}


def can_knock(language: str, templates: Mapping[str, str]) -> bool:
    """Whether somebody of this language can be called into the chat while the window is closed."""
    return bool(_alert(language, templates) or _named(language, templates))


def _alert(language: str, templates: Mapping[str, str]) -> str:
    """The sid of the template that calls somebody; better in another language than not at all. '' where there is none."""
    return templates.get(_named(f"alert-{language}", templates), "")


def _named(tag: str, templates: Mapping[str, str]) -> str:
    """The template's name for a tag, or for its parent ('sw-KE', 'sw'; 'alert-sw', 'alert'); '' where there is none."""
    while tag and tag not in templates:
        tag = tag.rpartition("-")[0]
    return tag


def _template(text: str, language: str, templates: Mapping[str, str]) -> dict[str, str]:
    tag = _named(language, templates)
    variable = _one_line(text)
    if not tag or units(variable) > TEMPLATE_VARIABLE_MAX:
        raise SendFailed("window", code="no_template" if not tag else "template_too_short")
    return _with_variables(templates[tag], [variable])


def _buttons(outgoing: Outgoing, templates: Mapping[str, str]) -> dict[str, str] | None:
    """Buttons, where the account has them and everything fits; else the numbered list in the text will do."""
    sid = templates.get(f"buttons{len(outgoing.choices)}", "") if outgoing.choices else ""
    labels = [label for _, label in outgoing.choices]
    body = re.sub(r"\n{2,}", "\n", re.sub(r" {4,}", "   ", outgoing.text.strip()))
    fits = units(body) <= BUTTONS_BODY_MAX and all(0 < units(label) <= BUTTON_TITLE_MAX for label in labels)
    if not sid or not fits or len(set(labels)) != len(labels):
        return None
    return _with_variables(sid, [body, *(part for code, label in outgoing.choices for part in (label, code))])


def _with_variables(sid: str, values: list[str]) -> dict[str, str]:
    variables = {str(n): value for n, value in enumerate(values, 1)}
    return {"content_sid": sid, "content_variables": json.dumps(variables, ensure_ascii=False)}


def _one_line(text: str) -> str:
    """The text as a template's variable may be: no line break, no tab, no run of spaces."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return " · ".join(line for line in lines if line)


def same_text(ours: str, theirs: str, templated: bool) -> bool:
    """Whether a message listed by Twilio is ours. templated: our text may stand within a template's words."""
    a, b = _one_line(ours), _one_line(theirs)
    return a == b or (templated and bool(a) and a in b)
