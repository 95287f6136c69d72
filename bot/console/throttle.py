"""How often a password may be guessed: by name and by address, with waits that grow.

Kept are keyed hashes of names and addresses, for a day. Nobody is locked out for good: a name waits a minute at most, an
address a quarter of an hour. A browser that signed in before, and a session, have a count of their own and wait for no other:
a clinic, and most telephones of a country, sit behind one address, and whoever guesses there must not keep all others out.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from bot.clock import db_now
from bot.database import insert_for
from bot.durations import DAY_S
from bot.tables import SignInTry

__all__ = ["Scope", "forget", "left_s", "of_address", "of_browser", "of_name", "of_session", "take", "wait_s"]

FORGOTTEN_S = DAY_S


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that is counted. free: so many failures cost nothing. longest_s: the longest wait."""

    key: str
    free: int
    longest_s: float


def of_name(key: bytes, name: str) -> Scope:
    """For a name, whether somebody has it or not."""
    return Scope(_hash(key, "name", name), 5, 60.0)


def of_browser(key: bytes, name: str, mark: str) -> Scope:
    """For a name in one browser in which its owner signed in before."""
    return Scope(_hash(key, "browser", f"{name}\0{mark}"), 10, 60.0)


def of_session(key: bytes, session_id: int) -> Scope:
    """For the password of whoever is signed in, asked again within the session."""
    return Scope(_hash(key, "session", str(session_id)), 5, 60.0)


def of_address(key: bytes, address: str) -> Scope:
    """For a network address; of IPv6 the /64, which one household or machine has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Scope(_hash(key, "address", address), 20, 900.0)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False).network_address
    # A clinic sits behind one address: it may mistype more often than one person.
    return Scope(_hash(key, "address", str(parsed)), 20, 900.0)


def wait_s(failures: int, scope: Scope) -> float:
    """Seconds until the next try after so many failures in a row: 0 for the free ones, then 1, 2, 4 ... up to the longest."""
    over = failures - scope.free
    return 0.0 if over < 0 else min(2.0 ** min(over, 20), scope.longest_s)


def left_s(connection: Connection, scopes: Sequence[Scope]) -> float:
    """Seconds to wait as it stands, 0.0 for none; writes nothing. Look here before `take`: refused guesses leave no rows then."""
    keys = [scope.key for scope in scopes]
    left = connection.execute(
        select(func.max(SignInTry.free_at - db_now())).where(SignInTry.key.in_(keys))
    ).scalar_one()
    return max(0.0, float(left or 0.0))


def take(connection: Connection, scopes: Sequence[Scope]) -> float:
    """0.0 where a try may be made, counted as failed until `forget`; else the seconds to wait, and nothing is counted.

    It is counted before the password is looked at, so that many tries at the same moment are no way around.
    """
    # In the order of their keys: two tries lock the same rows in the same order.
    ordered = sorted(scopes, key=lambda scope: scope.key)
    found = {}
    for scope in ordered:
        connection.execute(
            insert_for(connection)(SignInTry)
            .values(key=scope.key, failures=0, last_at=db_now(), free_at=0.0)
            .on_conflict_do_nothing(index_elements=["key"])
        )
        row = connection.execute(
            select(
                SignInTry.failures,
                (SignInTry.free_at - db_now()).label("left"),
                (SignInTry.last_at < db_now() - FORGOTTEN_S).label("old"),
            )
            .where(SignInTry.key == scope.key)
            .with_for_update()
        ).one()
        found[scope.key] = row
    left = max(float(row.left) for row in found.values())
    if left > 0:
        return left
    for scope in ordered:
        row = found[scope.key]
        failures = 1 if row.old else row.failures + 1
        connection.execute(
            update(SignInTry)
            .where(SignInTry.key == scope.key)
            .values(failures=failures, last_at=db_now(), free_at=db_now() + wait_s(failures, scope))
        )
    return 0.0


def forget(connection: Connection, scopes: Sequence[Scope]) -> None:
    """After a right password: its tries do not count. An address keeps one off only, or a good password would clear bad ones."""
    for scope in sorted(scopes, key=lambda one: one.key):
        if scope.longest_s > 60.0:
            connection.execute(
                update(SignInTry)
                .where(SignInTry.key == scope.key)
                .values(failures=func.max(SignInTry.failures - 1, 0), free_at=0.0)
                if connection.dialect.name == "sqlite"
                else update(SignInTry)
                .where(SignInTry.key == scope.key)
                .values(failures=func.greatest(SignInTry.failures - 1, 0), free_at=0.0)
            )
        else:
            connection.execute(delete(SignInTry).where(SignInTry.key == scope.key))


def _hash(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"sign-in\0{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
