"""'typing', shown again and again while the model works: a platform shows it for a few seconds only.

Driven by the rows: whoever dies, the next process goes on from the findings that are wanted. One process at a time shows
signs; it holds a slot that it renews every few seconds while somebody waits, so a tick only reads. A sign is never
worth a reply: none is shown where a reply is in line, a pause was asked for, the account is busy or cannot be reached.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot import pace
from bot.channels import LIMITS, Account
from bot.clock import db_now
from bot.database import reading, transaction
from bot.tables import Chat, FindingsJob
from worker.parts import Parts

__all__ = ["Typing"]

log = logging.getLogger(__name__)

TICK_S = 1.0
# Whoever holds the slot and dies is followed after so long.
HOLD_S = 12.0
RENEW_S = 4.0
# Nobody believes in somebody who types for longer; by then it was said that it takes time.
SHOW_FOR_S = 180.0
# Of what an account may send in a second, signs take at most this part.
SHARE = 1 / 6
# An account that took longer than SLOW_S over a sign is spared them for REST_S.
SLOW_S = 1.0
REST_S = 30.0
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Waiting:
    chat_id: int
    account: Account
    address: str


class Typing:
    """The thread of one process. clock: seconds that only grow."""

    def __init__(self, parts: Parts, clock: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._clock = clock
        self._slot: float | None = None
        self._renew_at = 0.0
        self._shown: dict[int, float] = {}
        self._rests: dict[Account, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signs", daemon=True)

    def start(self) -> None:
        """Shows signs from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; one sign that hangs is not waited for."""
        self._stopping.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_S):
            try:
                self.tick()
            except SQLAlchemyError as error:
                log.debug("signs_database_failed", extra={"error": type(error).__name__})
            except Exception:  # the outermost loop: a sign must not end the process that delivers
                log.exception("signs_failed")

    def tick(self) -> int:
        """Shows what is due; how many signs."""
        waiting = self._waiting()
        if not waiting:
            self._shown.clear()
            return 0
        now = self._clock()
        due = [w for w in waiting if self._due(w, now)]
        if not due or not self._holds(now):
            return 0
        with reading(self._parts.engine) as connection:
            idle = pace.idle(connection, [(w.chat_id, w.account.channel, w.account.name) for w in due])
        shown: Counter[Account] = Counter()
        # Who has waited longest for a sign comes first, so that a share that is too small goes round.
        for one in sorted(due, key=lambda w: self._shown.get(w.chat_id, 0.0)):
            limits = LIMITS[one.account.channel]
            if one.chat_id not in idle or shown[one.account] >= max(1, int(limits.per_second * SHARE)):
                continue
            if self._stopping.is_set() or self._rests.get(one.account, 0.0) > self._clock():
                continue
            self._show(one)
            shown[one.account] += 1
        known = {w.chat_id for w in waiting}
        self._shown = {chat: at for chat, at in self._shown.items() if chat in known}
        return shown.total()

    def _waiting(self) -> Sequence[_Waiting]:
        """Chats whose findings are wanted, and that have no reply in line."""
        with reading(self._parts.engine) as connection:
            rows = connection.execute(
                select(Chat.id, Chat.channel, Chat.account, Chat.address)
                .join(FindingsJob, FindingsJob.chat_id == Chat.id)
                .where(
                    FindingsJob.state == "wanted",
                    FindingsJob.created_at > db_now() - SHOW_FOR_S,
                    Chat.stopped.is_(False),
                    Chat.send_due_at.is_(None),
                    Chat.channel.in_(
                        [c for c, limits in LIMITS.items() if limits.typing_every_s is not None]
                    ),
                )
                .order_by(FindingsJob.id)
                .limit(AT_ONCE)
            ).all()
        found = [_Waiting(row.id, Account(row.channel, row.account), row.address) for row in rows]
        return [w for w in found if w.account in self._parts.channels]

    def _due(self, one: _Waiting, now: float) -> bool:
        every_s = LIMITS[one.account.channel].typing_every_s
        return every_s is not None and now - self._shown.get(one.chat_id, -every_s) >= every_s

    def _holds(self, now: float) -> bool:
        """True where this process is the one that shows signs."""
        if now < self._renew_at:
            return self._slot is not None
        with transaction(self._parts.engine) as connection:
            # "signs" stays the name of the row: an older version beside this one must find the slot taken.
            self._slot = pace.take_slot(connection, "signs", HOLD_S, self._slot)
        self._renew_at = now + RENEW_S
        return self._slot is not None

    def _show(self, one: _Waiting) -> None:
        began = self._clock()
        self._shown[one.chat_id] = began
        self._parts.channels[one.account].typing(one.address, "")
        if self._clock() - began > SLOW_S:
            self._rests[one.account] = self._clock() + REST_S
