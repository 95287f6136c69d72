"""Signing in and out. A wrong name, a wrong password and a wrong code are one answer, and take the same time."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import math
import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

from starlette.requests import Request
from starlette.responses import Response

from bot import people
from bot.cases import claims
from bot.console import codes, logins, sessions, throttle
from bot.console.throttle import Scope
from bot.database import reading, transaction
from bot.durations import DAY_S
from bot.web.console import forms, unsent
from bot.web.console.forms import Form
from bot.web.console.frame import COOKIE, Console
from bot.web.console.visit import ROOT, SIGN_IN, Visit, safe_next

__all__ = ["add", "address_of", "proves"]

log = logging.getLogger(__name__)

# Before there is a session a form's token is bound to this cookie.
DOOR = "ngozi_door"
# A browser in which somebody signed in: see bot.console.throttle.
BROWSER = "ngozi_browser"
BROWSER_S = 180 * int(DAY_S)
# Each check of a password takes 64 MiB for a tenth of a second.
_CHECKS = threading.BoundedSemaphore(2)
# Who is signed in and proves who they are does not stand in the queue at the door.
_PROOFS = threading.BoundedSemaphore(1)
CHECK_WAIT_S = 5.0


def add(console: Console) -> None:
    """Registers the door."""
    console.get(SIGN_IN, "anyone", show)
    # With what was written when the session was over, in the form of the door.
    console.post(SIGN_IN, "anyone", sign_in, most_bytes=16 * 1024 + 2 * unsent.MOST_BYTES)
    console.at_door = give_back
    console.post("/sign-out", "signed_in", sign_out)


def show(visit: Visit) -> Response:
    """The form; whoever is signed in goes on."""
    if visit.session is not None:
        return visit.go(safe_next(visit.query("next")).removeprefix(ROOT) or "/")
    return _form(visit)


def sign_in(visit: Visit) -> Response:
    """Checks name, password and code, and begins a new session."""
    given = visit.form.get(forms.CSRF)
    if not forms.same(_token(visit.console, visit.request.cookies.get(DOOR, "")), given):
        return _form(visit, 400, problem=visit.shown("console.sign_in.again"))
    name = logins.normal_name(visit.form.get("name")[:200])
    password = visit.form.get("password")
    scopes = _scopes(visit, name)
    left = _wait_s(visit, scopes)
    if left > 0:
        return _form(visit, 429, problem=visit.shown("console.sign_in.wait", count=math.ceil(left)))
    with reading(visit.engine) as connection:
        known = logins.named(connection, name)
    if not _CHECKS.acquire(timeout=CHECK_WAIT_S):
        return _form(visit, 503, problem=visit.shown("console.problem.busy"))
    try:
        right = logins.check(known, password)
        fresh = logins.rehash(known, password) if right and known is not None else None
    finally:
        _CHECKS.release()
    token, late = "", False
    with transaction(visit.engine) as connection:
        if (
            right
            and known is not None
            and codes.use_code(
                connection, visit.console.sealer, visit.console.keys, known.id, visit.form.get("code")
            )
        ):
            throttle.forget(connection, scopes)
            if visit.session is not None:
                logins.signed_out(
                    connection, visit.session.id, visit.session.login_id, visit.session.person_id
                )
            # Told to nobody but who knows the password, and the code where there is one.
            late = known.late
            token = "" if late else logins.signed_in(connection, known, fresh)
    if late:
        return _form(visit, 401, problem=visit.shown("console.sign_in.late", count=logins.FIRST_DAYS))
    if not token or known is None:
        log.info("console_sign_in_refused")
        return _form(visit, 401, problem=visit.shown("console.sign_in.wrong"))
    response = _unsent_of(visit, token) or visit.go(
        safe_next(visit.form.get("next")).removeprefix(ROOT) or "/"
    )
    _cookie(visit, response, COOKIE, token)
    _cookie(visit, response, BROWSER, _browser_mark(visit.console, known.name), BROWSER_S)
    response.delete_cookie(DOOR, path=ROOT)
    return response


def give_back(visit: Visit) -> Response | None:
    """The door with what was written into a form of a session that was over; None where there is nothing to be given back."""
    sent = unsent.of(visit)
    return None if sent is None or not sent.whole else _form(replace(visit, form=Form()), 401, kept=sent)


def _unsent_of(visit: Visit, token: str) -> Response | None:
    """After signing in: what was written, to be sent now; None where nothing was, or a password must be chosen first."""
    sent = unsent.carried(visit.form)
    if sent is None:
        return None
    with reading(visit.engine) as connection:
        session = sessions.find(connection, token)
    if session is None or session.must_change:
        return None
    return unsent.page(Visit(visit.console, visit.request, session), sent)


def sign_out(visit: Visit) -> Response:
    """Ends this session."""
    with transaction(visit.engine) as connection:
        logins.signed_out(connection, visit.me.id, visit.me.login_id, visit.me.person_id)
        # Who goes on in another browser, or in a chat, may still be answering.
        elsewhere = sessions.of_login(connection, visit.me.login_id)
        if not elsewhere and people.chat_of(connection, visit.me.person_id) is None:
            claims.give_back(connection, visit.me.person_id, visit.me.person_id)
    response = visit.go(SIGN_IN, said="signed_out")
    response.delete_cookie(COOKIE, path=ROOT)
    return response


def proves(visit: Visit, password: str) -> str:
    """'' where it is the password of whoever is signed in, else what the page says. Guesses are throttled by session."""
    scopes = [throttle.of_session(_key(visit.console), visit.me.id)]
    left = _wait_s(visit, scopes)
    if left > 0:
        return visit.shown("console.sign_in.wait", count=math.ceil(left))
    with reading(visit.engine) as connection:
        known = logins.named(connection, visit.me.name)
    if not _PROOFS.acquire(timeout=CHECK_WAIT_S):
        return visit.shown("console.problem.busy")
    try:
        right = logins.check(known, password)
    finally:
        _PROOFS.release()
    if not right:
        return visit.shown("console.account.wrong_password")
    with transaction(visit.engine) as connection:
        throttle.forget(connection, scopes)
    return ""


def address_of(request: Request, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Where the call came from: the peer; where that is one of our proxies, what it says last. A caller's own word is none."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        known = ipaddress.ip_address(peer)
    except ValueError:
        # A socket of the machine has no address: only a proxy on it comes that way.
        return peer or told
    known = getattr(known, "ipv4_mapped", None) or known
    return told if told and any(known in one for one in proxies) else peer


def _form(visit: Visit, status: int = 200, problem: str = "", kept: unsent.Unsent | None = None) -> Response:
    cookie = visit.request.cookies.get(DOOR, "")
    fresh = "" if 20 <= len(cookie) <= 100 else secrets.token_urlsafe(24)
    response = visit.page(
        "sign_in.html",
        status,
        problem=problem,
        name=visit.form.get("name")[:60],
        next=safe_next(visit.form.get("next") or visit.query("next")),
        door=_token(visit.console, fresh or cookie),
        unsent=kept or unsent.carried(visit.form),
        # Who is still shown the door with a session's cookie was signed in: it ran out, or was ended elsewhere.
        ended=not problem
        and kept is None
        and visit.session is None
        and bool(visit.request.cookies.get(COOKIE)),
    )
    if fresh:
        _cookie(visit, response, DOOR, fresh)
    return response


def _token(console: Console, cookie: str) -> str:
    return _mac(console, "door", cookie) if cookie else ""


def _scopes(visit: Visit, name: str) -> Sequence[Scope]:
    """What is counted for a try. In a browser of the name's owner nothing else is: whoever shares its address changes nothing."""
    key = _key(visit.console)
    mark, _, proof = visit.request.cookies.get(BROWSER, "").partition(".")
    if mark and proof and forms.same(_mac(visit.console, "browser", f"{name}\0{mark}"), proof):
        return (throttle.of_browser(key, name, mark),)
    address = address_of(visit.request, visit.console.settings.proxies)
    return (throttle.of_name(key, name), throttle.of_address(key, address))


def _wait_s(visit: Visit, scopes: Sequence[Scope]) -> float:
    """Seconds to wait before the next try; where it is 0.0 this one is counted. Whoever must wait writes nothing here."""
    with reading(visit.engine) as connection:
        left = throttle.left_s(connection, scopes)
    if left > 0:
        return left
    with transaction(visit.engine) as connection:
        return throttle.take(connection, scopes)


def _browser_mark(console: Console, name: str) -> str:
    mark = secrets.token_hex(12)
    return f"{mark}.{_mac(console, 'browser', f'{name}{chr(0)}{mark}')}"


def _key(console: Console) -> bytes:
    return console.keys[max(console.keys)]


def _mac(console: Console, kind: str, value: str) -> str:
    return hmac.new(_key(console), f"console\0{kind}\0{value}".encode(), hashlib.sha256).hexdigest()


def _cookie(visit: Visit, response: Response, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=ROOT,
        secure=visit.console.secure,
        httponly=True,
        samesite="strict",
    )
