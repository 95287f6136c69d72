"""Dead letters: what was given up, without what was said; tried once more or let go. And what somebody wants erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from starlette.responses import Response

import locales
from bot import orders
from bot.console import erase_search, operations
from bot.console.erase_search import Found
from bot.console.operations import Letter, LetterKind
from bot.database import reading, transaction
from bot.queue import SWEEP
from bot.web.console.frame import Console, Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get(
        "/letters", "manage_operations", show, nav="console.nav.letters", about="console.about.letters"
    )
    console.post("/letters/replay", "manage_operations", replay)
    console.post("/letters/drop", "manage_operations", drop)
    console.get(
        "/erase", "manage_operations", show_erase, nav="console.nav.erase", about="console.about.erase"
    )
    console.post("/erase/find", "manage_operations", find)
    console.post("/erase", "manage_operations", erase)


def show(visit: Visit) -> Response:
    """Each kind by itself, the latest first."""
    with reading(visit.engine) as connection:
        counts = operations.count_letters(connection)
        found = {kind: operations.letters(connection, kind) for kind in operations.LETTERS}
    return visit.page(
        "letters.html",
        counts=counts,
        found={
            kind: [(one, _where(visit, one), _error(visit, one)) for one in rows]
            for kind, rows in found.items()
        },
    )


# What our own code says of a letter, and of what a channel says without a number.
_OWN_ERRORS = (
    "gave_up", "unreadable", "no_account", "error", "connect", "no_answer", "token", "address", "empty", "no_public_url",
    "moved",
)  # fmt: skip
_ERRORS: Mapping[str, str] = {
    **{name: name for name in _OWN_ERRORS},
    "unknown": "no_answer",
    "outage": "connect",
    "slow": "too_many",
    "429": "too_many",
    "no_template": "template",
    "template_too_short": "template",
    "window": "template",
    "choice_code": "error",
    "never": "refused",
    "later": "refused",
}


def _where(visit: Visit, letter: Letter) -> str:
    if letter.account is not None:
        return visit.account(letter.account)
    known = f"console.letters.job_{letter.job}"
    return visit.t(known) if known in locales.library().template else letter.job


def _error(visit: Visit, letter: Letter) -> str:
    """Why, in words. A code of the chat service stands in them: by it its own pages say more."""
    if not letter.error:
        return "–"
    known = _ERRORS.get(letter.error)
    # An exception of the client library is called so.
    if known is None and letter.error.isidentifier() and letter.error[0].isupper():
        known = "no_answer"
    if known is not None:
        return visit.t(f"console.letters.error_{known}")
    return visit.t("console.letters.error_service", code=letter.error)


def replay(visit: Visit) -> Response:
    """Tries one once more."""
    which = _which(visit)
    if which is None:
        return visit.problem(400)
    with transaction(visit.engine) as connection:
        woken = operations.replay(connection, *which, visit.me.person_id)
    if woken is None:
        return visit.problem(404)
    visit.console.wake(*woken)
    return visit.go("/letters", said="replayed")


def drop(visit: Visit) -> Response:
    """Lets one go."""
    which = _which(visit)
    if which is None:
        return visit.problem(400)
    kind, number = which
    if asks := visit.unsure("/letters", "let_go", kind=visit.t(f"console.letters.{kind}"), number=number):
        return asks
    with transaction(visit.engine) as connection:
        done = operations.let_go(connection, *which, visit.me.person_id)
    return visit.go("/letters", said="let_go") if done else visit.problem(404)


def show_erase(visit: Visit) -> Response:
    """What can be searched for, and what was ordered lately."""
    return _erase_page(visit)


def find(visit: Visit) -> Response:
    """What fits what was typed. By POST: an address stands in no log and in no history."""
    typed = _typed(visit)
    with reading(visit.engine) as connection:
        found = erase_search.find(connection, visit.console.keys, typed)
    return _erase_page(visit, found, typed)


def erase(visit: Visit) -> Response:
    """Orders the erasing; the worker does it with its next sweep, as if the person had written DELETE."""
    kind, number = visit.form.get("kind"), visit.form.get("id")
    if kind not in ("chat", "case") or not _is_number(number):
        return visit.problem(400)
    with reading(visit.engine) as connection:
        found = erase_search.one(connection, kind, int(number))
    if found is None or visit.form.get("mark") != _mark(found):
        # Gone, and its number another's perhaps: what was shown is not there any more.
        return visit.problem(404)
    if asks := visit.unsure("/erase", "erase", **_going(visit, found, _typed(visit))):
        return asks
    with transaction(visit.engine) as connection:
        found = erase_search.one(connection, kind, int(number))
        if found is None or visit.form.get("mark") != _mark(found):
            return visit.problem(404)
        orders.ask(
            connection, "erase_chat" if kind == "chat" else "erase_case", int(number), visit.me.person_id
        )
    visit.console.wake(SWEEP, 0)
    return visit.go("/erase", said="ordered")


def _typed(visit: Visit) -> str:
    return visit.form.get("what").strip()[:300]


def _going(visit: Visit, one: Found, typed: str) -> Mapping[str, object]:
    """What the question says of what is about to be erased: enough to see that it is not somebody else's."""
    return {
        "what": _what(visit, one),
        "typed": typed or "–",
        "since": visit.when(one.since),
        "photos": one.photos,
        "cases": one.cases,
    }


def _mark(one: Found) -> str:
    return orders.mark(one.code, one.since)


def _what(visit: Visit, one: Found) -> str:
    if one.kind == "case":
        return visit.t("console.erase.case", code=one.code)
    return visit.t("console.erase.chat", channel=visit.channel(one.channel))


def _erase_page(visit: Visit, found: Sequence[Found] | None = None, typed: str = "") -> Response:
    with reading(visit.engine) as connection:
        lately = orders.latest(connection, ("erase_chat", "erase_case"))
    return visit.page(
        "erase.html",
        found=None
        if found is None
        else [
            (one, _mark(one), _what(visit, one), visit.t("console.sure.erase", **_going(visit, one, typed)))
            for one in found
        ],
        typed=typed,
        lately=lately,
    )


def _which(visit: Visit) -> tuple[LetterKind, int] | None:
    kind, number = visit.form.get("kind"), visit.form.get("id")
    if kind not in get_args(LetterKind) or not _is_number(number):
        return None
    return cast(LetterKind, kind), int(number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
