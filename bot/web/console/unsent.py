"""What somebody wrote into a form whose session was over when it was sent: given back to them, and kept nowhere else.

It goes with the page: to the door as hidden fields, and from there, once they have signed in, into a form that can be sent. No
row and no log ever holds it. What stands in the forms of one's own account (passwords, codes) is given back to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.web.console import forms
from bot.web.console.forms import Form
from bot.web.console.visit import ROOT, Visit, safe_next

__all__ = ["MOST_BYTES", "Unsent", "carried", "of", "page"]

# Longer than any answer, note or sentence; a file is not carried to the door and back.
MOST_BYTES = 32 * 1024
_TO, _FIELD = "unsent_to", "unsent."
_NEVER = f"{ROOT}/account"
# Whoever was sure was so of what stood there then.
_NOT_AGAIN = (forms.CSRF, "yes")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was not taken. to: its address. fields: names and values. whole: False where a file went with it."""

    to: str
    fields: Sequence[tuple[str, str]]
    whole: bool = True

    @property
    def words(self) -> Sequence[tuple[str, str]]:
        """The fields that a person wrote: codes that were chosen have no spaces and no large letters."""
        return [(name, value) for name, value in self.fields if not _is_code(value)]

    @property
    def chosen(self) -> Sequence[tuple[str, str]]:
        """The others."""
        return [(name, value) for name, value in self.fields if _is_code(value)]

    @property
    def hidden(self) -> Sequence[tuple[str, str]]:
        """As the door carries it."""
        return [(_TO, self.to), *((_FIELD + name, value) for name, value in self.fields)]


def _is_code(value: str) -> bool:
    return value.isascii() and len(value) <= 40 and value == value.lower() and not value.split()[1:]


def of(visit: Visit) -> Unsent | None:
    """What was sent with this visit; None where nothing was filled in, or it is nothing to be given back."""
    url = visit.request.url
    if not _may(url.path):
        return None
    given = [
        (name, value)
        for name, several in visit.form.fields.items()
        for value in several
        if name not in _NOT_AGAIN and value.strip()
    ]
    if not given:
        return None
    return Unsent(url.path + (f"?{url.query}" if url.query else ""), given, whole=not visit.form.files)


def carried(form: Form) -> Unsent | None:
    """What the form of the door carries; None for nothing."""
    to = form.get(_TO)
    given = [
        (name.removeprefix(_FIELD), value)
        for name, several in form.fields.items()
        for value in several
        if name.startswith(_FIELD)
    ]
    return Unsent(to, given) if given and safe_next(to) and _may(to) else None


def page(visit: Visit, unsent: Unsent, status: int = 200) -> Response:
    """What was written, in a form that can be sent; to be copied where it cannot be, as a file went with it or the browser does
    not say that it comes from a page of ours.
    """
    path = unsent.to.partition("?")[0].removeprefix(ROOT)
    sendable = unsent.whole and visit.console.takes(path, visit.session)
    if status != 200:
        # With a token of another session: only the browser's own word says whose form it is.
        sendable = sendable and visit.request.headers.get("sec-fetch-site") == "same-origin"
    shown = unsent if sendable else replace(unsent, fields=unsent.words)
    back = visit.console.back_of(visit, path)
    return visit.page(
        "unsent.html", status, unsent=shown, sendable=sendable, back=f"{ROOT}{back}" if back else f"{ROOT}/"
    )


def _may(path: str) -> bool:
    return path.startswith(f"{ROOT}/") and not path.startswith(_NEVER)
