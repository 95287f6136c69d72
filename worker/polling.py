"""`ngozi poll`: fetches Telegram updates where no webhook reaches this machine, into the same inbox.

The offset moves in the same transaction that keeps the updates: a crash fetches them again, and the inbox knows them.
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from bot import inbox
from bot.channels import Account, RawUpdate, SendFailed
from bot.channels.telegram import Telegram
from bot.channels.telegram_poll import get_updates
from bot.database import connect, insert_for, reading, transaction
from bot.errors import SettingError
from bot.queue import TURN, CeleryWake, Wake, make_celery
from bot.settings import Settings
from bot.tables import Offset
from worker.embedded import embedded
from worker.serving import make_ready

__all__ = ["keep", "next_offset", "run"]

log = logging.getLogger(__name__)

# After one failure, two, ... in a row.
PAUSES_S = (3.0, 6.0, 15.0, 30.0, 60.0)


def next_offset(engine: Engine, account: Account) -> int:
    """The first update that was not kept yet."""
    with reading(engine) as connection:
        found = connection.execute(
            select(Offset.next_update).where(Offset.account == _name(account))
        ).scalar_one_or_none()
    return int(found or 0)


def keep(engine: Engine, account: Account, updates: list[tuple[int, RawUpdate | None]]) -> list[int]:
    """Keeps fetched updates and moves the offset, in one transaction; the chats to wake."""
    woken: dict[int, None] = {}
    with transaction(engine) as connection:
        for _, update in updates:
            chat_id = inbox.receive_one(connection, account, update) if update is not None else None
            if chat_id is not None:
                woken[chat_id] = None
        value = max(number for number, _ in updates) + 1
        connection.execute(
            insert_for(connection)(Offset)
            .values(account=_name(account), next_update=value)
            .on_conflict_do_update(index_elements=["account"], set_={"next_update": value})
        )
    return list(woken)


def _name(account: Account) -> str:
    return f"{account.channel}:{account.name}"


def run(settings: Settings) -> None:
    """Polls every bot until a signal."""
    if not settings.telegram:
        raise SettingError("NGOZI_TELEGRAM_TOKEN", "", "a bot token, to fetch its updates")
    make_ready(settings)
    if settings.embedded:
        with embedded(settings) as (parts, _):
            _poll_all(settings, parts.engine, parts.wake)
        return
    _poll_all(
        settings,
        connect(settings.database_url, keys=settings.master_keys),
        CeleryWake(make_celery(settings.broker_url)),
    )


def _poll_all(settings: Settings, engine: Engine, wake: Wake) -> None:
    threads = [
        threading.Thread(target=_poll, args=(engine, wake, bot), daemon=True)
        for bot in (Telegram(a.name, a.token, a.secret, a.api) for a in settings.telegram)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _poll(engine: Engine, wake: Wake, bot: Telegram, stopping: threading.Event | None = None) -> None:
    """Until `stopping` (never, where there is none). No failure ends it: nobody would fetch this bot's messages any more."""
    account = Account("telegram", bot.account)
    stopping = stopping or threading.Event()
    failures = 0
    while not stopping.is_set():
        try:
            updates = get_updates(bot, next_offset(engine, account))
            if updates:
                for chat_id in keep(engine, account, updates):
                    wake(TURN, chat_id)
            failures = 0
            continue
        except (SendFailed, SQLAlchemyError, OSError) as error:
            log.warning("poll_failed", extra={"account": account.name, "error": type(error).__name__})
        except Exception:  # the outermost loop of the thread
            log.exception("poll_failed", extra={"account": account.name})
        stopping.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
        failures += 1
