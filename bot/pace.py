"""How fast messages may leave: a slot for each account and chat, and names that one process holds for a while."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, case, or_, select, update

from bot.channels import LIMITS
from bot.clock import db_now
from bot.database import insert_for
from bot.tables import Breaker, Rate

__all__ = ["BURST", "hold_back", "idle", "reserve", "take_slot"]

# How many messages may leave at once before the interval holds (a person answers quickly; the limit is an average).
BURST = 3
# Who asks for a longer pause is asked again after so long. A slot that is taken for much longer is of a clock that was set back.
LONGEST_S = 1800.0
_SLACK_S = 600.0


def reserve(connection: Connection, channel: str, account: str, chat_id: int) -> float:
    """0.0 where a message may leave now (both slots are taken); else how long to wait, and nothing was taken."""
    limits = LIMITS[channel]
    scopes = [
        (f"chat:{chat_id}", limits.chat_interval_s, BURST),
        (f"{channel}:{account}", 1.0 / limits.per_second, max(1, int(limits.per_second))),
    ]
    taken: list[tuple[str, float]] = []
    for scope, interval_s, burst in scopes:
        if interval_s <= 0:
            continue
        wait_s = _slot(connection, scope, interval_s, burst)
        if wait_s > 0:
            for held, step_s in taken:
                connection.execute(
                    update(Rate).where(Rate.scope == held).values(free_at=Rate.free_at - step_s)
                )
            return wait_s
        taken.append((scope, interval_s))
    return 0.0


def _slot(connection: Connection, scope: str, interval_s: float, burst: int) -> float:
    """The generic cell rate algorithm in one statement: `free_at` may run at most (burst - 1) intervals ahead."""
    connection.execute(insert_for(connection)(Rate).values(scope=scope, free_at=0.0).on_conflict_do_nothing())
    strange = Rate.free_at > db_now() + LONGEST_S + _SLACK_S
    taken = connection.execute(
        update(Rate)
        .where(Rate.scope == scope, or_(Rate.free_at <= db_now() + (burst - 1) * interval_s, strange))
        .values(
            free_at=case((strange, db_now()), (Rate.free_at > db_now(), Rate.free_at), else_=db_now())
            + interval_s
        )
    )
    if taken.rowcount == 1:
        return 0.0
    ahead = connection.execute(select(Rate.free_at - db_now()).where(Rate.scope == scope)).scalar_one()
    return max(0.05, float(ahead) - (burst - 1) * interval_s)


def hold_back(connection: Connection, channel: str, chat_id: int, wait_s: float) -> None:
    """The provider asked for a pause (retry_after): nothing to this chat for so long."""
    # The burst allowance is used up as well: a chat that was told to slow down gets one message, then one an interval.
    free_at = db_now() + min(wait_s, LONGEST_S) + (BURST - 1) * LIMITS[channel].chat_interval_s
    connection.execute(
        insert_for(connection)(Rate)
        .values(scope=f"chat:{chat_id}", free_at=free_at)
        .on_conflict_do_update(index_elements=["scope"], set_={"free_at": free_at})
    )


def idle(connection: Connection, chats: Sequence[tuple[int, str, str]]) -> set[int]:
    """Of these (chat, channel, account): chats to which no slot is taken, on accounts with a free one and no fault.

    Only reads: for what is not worth a slot of its own, such as a sign that we are at work.
    """
    if not chats:
        return set()
    scopes = {f"chat:{chat_id}" for chat_id, _, _ in chats} | {f"{c}:{name}" for _, c, name in chats}
    busy = set(
        connection.execute(
            select(Rate.scope).where(Rate.scope.in_(scopes), Rate.free_at > db_now())
        ).scalars()
    ) | set(
        connection.execute(
            select(Breaker.account).where(Breaker.account.in_(scopes), Breaker.failures > 0)
        ).scalars()
    )
    return {i for i, channel, name in chats if not {f"chat:{i}", f"{channel}:{name}"} & busy}


def take_slot(connection: Connection, name: str, for_s: float, held: float | None) -> float | None:
    """A slot that one process holds for for_s seconds: what to hand in to renew it, or None where another has it."""
    connection.execute(insert_for(connection)(Rate).values(scope=name, free_at=0.0).on_conflict_do_nothing())
    return connection.execute(
        update(Rate)
        .where(Rate.scope == name, or_(Rate.free_at <= db_now(), Rate.free_at == held))
        .values(free_at=db_now() + for_s)
        .returning(Rate.free_at)
    ).scalar_one_or_none()
