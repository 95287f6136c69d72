"""From queued to sent: one chat's replies, in order.

lease the chat for sending -> its next reply -> breaker, rates -> mark `sending` (commit) -> channel.send -> mark.
What is seen or heard is opened at that moment (worker.media_out): by then it may be erased, or not this chat's to see; and so
may be what is said of a case (bot.cases.sight).
A crash between the channel's acceptance and our mark is the one window for a double: on Twilio the next try looks the
message up first; Telegram offers no look-up, so it is sent again and counted (`replies.resent`).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import SQLAlchemyError

import locales
from bot import alerts, breakers, outbox, outbox_silence, pace, people, receipts, reply_json
from bot.cases import sight
from bot.channels import LIMITS, Account, Channel, SendFailed, Sent
from bot.clock import db_now, now
from bot.database import transaction
from bot.errors import LeaseLost
from bot.leases import SEND, hold, take
from bot.listening import dressed
from bot.media.vault import VaultUnavailable
from bot.messages import Outgoing
from bot.packs import counted, watch
from bot.queue import DELIVER, Wakes
from bot.rendering import render_reply
from bot.tables import Chat
from worker import effects, knocking, listening, media_out, stragglers, telling, unreached
from worker.parts import Parts

__all__ = ["run"]

log = logging.getLogger(__name__)


def run(parts: Parts, chat_id: int) -> None:
    """Sends what the chat has in line; returns at once where somebody else is sending to it."""
    with transaction(parts.engine) as connection:
        token = take(connection, SEND, chat_id, parts.settings.lease_s)
    if token is None:
        return
    try:
        more = True
        while more:
            watch.look(parts.engine)
            with locales.held():
                more = _one(parts, chat_id, token)
    except LeaseLost:
        log.info("deliver_lease_lost", extra={"chat_id": chat_id})
    except SQLAlchemyError as error:
        # The lease runs out; the sweep finds the chat.
        log.warning("deliver_database_failed", extra={"chat_id": chat_id, "error": type(error).__name__})
    except Exception:  # the outermost loop of a delivery: the reply's tries are counted, the chat goes on
        log.exception("deliver_failed", extra={"chat_id": chat_id})
        _put_back(parts, chat_id, token)


def _put_back(parts: Parts, chat_id: int, token: str) -> None:
    """Counts a try of the reply that could not even be sent, and releases the chat until the next."""
    wait_s = 0.0
    try:
        with transaction(parts.engine) as connection:
            hold(connection, SEND, chat_id, token, parts.settings.lease_s)
            due = outbox.next_due(connection, chat_id)
            if due is not None:
                pause = outbox.RETRIES_S[min(due.attempts, len(outbox.RETRIES_S) - 1)]
                outbox.retry(connection, due, pause, uses_try=True, certain=not due.uncertain, error="error")
                following = outbox.next_due(connection, chat_id)
                wait_s = 0.0 if following is None else following.wait_s
            hold(connection, SEND, chat_id, token, None, send_due_at=db_now() + wait_s)
    except (LeaseLost, SQLAlchemyError) as error:
        log.warning("deliver_not_released", extra={"chat_id": chat_id, "error": type(error).__name__})
        return
    parts.wake(DELIVER, chat_id, wait_s)


def _release(parts: Parts, chat_id: int, token: str, wait_s: float | None) -> bool:
    """Ends the round: nothing in line (None), or more in wait_s seconds."""
    with transaction(parts.engine) as connection:
        if wait_s is None:
            # Locks the row first: a turn that queues a reply now sets send_due_at after us.
            hold(connection, SEND, chat_id, token, parts.settings.lease_s)
            if outbox.next_due(connection, chat_id) is not None:
                wait_s = 0.0
        hold(
            connection, SEND, chat_id, token, None, send_due_at=None if wait_s is None else db_now() + wait_s
        )
    if wait_s is not None:
        parts.wake(DELIVER, chat_id, wait_s)
    return False


def _one(parts: Parts, chat_id: int, token: str) -> bool:
    """One message; True where the next may follow at once."""
    with transaction(parts.engine) as connection:
        hold(connection, SEND, chat_id, token, parts.settings.lease_s)
        chat = connection.execute(
            select(
                Chat.channel, Chat.account, Chat.address, Chat.stopped, Chat.last_inbound_at, Chat.listen
            ).where(Chat.id == chat_id)
        ).one()
        due = outbox.next_due(connection, chat_id)
        if due is None:
            pass
        elif chat.stopped:
            _silence(connection, chat_id)
            due = None
        elif due.stale:
            outbox.close(connection, due, "dropped", "stale")
            return True
        elif not sight.may_hear(connection, chat_id, due.id):
            outbox.close(connection, due, "dropped", "not theirs")
            return True
        elif due.wait_s > 0:
            # In the transaction that saw it: what a turn queues now may overtake it, and sets send_due_at after us.
            hold(connection, SEND, chat_id, token, None, send_due_at=db_now() + due.wait_s)
    if due is None:
        return _release(parts, chat_id, token, None)
    if due.wait_s > 0:
        parts.wake(DELIVER, chat_id, due.wait_s)
        return False
    account = Account(chat.channel, chat.account)
    channel = parts.channels.get(account)
    if channel is None:
        # The account was taken out of the settings; its replies wait for it.
        return _release(parts, chat_id, token, 600.0)
    if due.parts is None:
        due = _render(parts, chat_id, token, account, due, chat.listen)
    known = _known(parts, due)
    if known is not None:
        with transaction(parts.engine) as connection:
            hold(connection, SEND, chat_id, token, parts.settings.lease_s)
            outbox.accepted(connection, due, known)
        return True
    with transaction(parts.engine) as connection:
        wait_s = breakers.wait_s(connection, _name(account))
        if wait_s <= 0:
            wait_s = pace.reserve(connection, account.channel, account.name, chat_id)
        if wait_s <= 0:
            hold(connection, SEND, chat_id, token, parts.settings.lease_s)
            if not outbox.sending(connection, due):
                return True
    if wait_s > 0:
        return _release(parts, chat_id, token, wait_s)
    _send(parts, chat_id, token, account, channel, due, chat.address, chat.last_inbound_at)
    return True


def _name(account: Account) -> str:
    return f"{account.channel}:{account.name}"


def _render(
    parts: Parts, chat_id: int, token: str, account: Account, due: outbox.Due, listen: str
) -> outbox.Due:
    """Words, once and for all."""
    reply, limits = reply_json.reply_from_json(due.texts, due.key), LIMITS[account.channel]
    if listening.voiced(parts, due.language):
        reply = dressed(reply, due.id, listen, due.language, limits)
    rendered = render_reply(reply, due.language, limits)
    lacking = counted.untranslated(reply, due.language)
    choices = [list(c) for c in rendered.choices]
    units = media_out.composed(parts, reply, rendered, limits)
    with transaction(parts.engine) as connection:
        hold(connection, SEND, chat_id, token, parts.settings.lease_s)
        outbox.rendered(connection, due, units, choices, rendered.pack_version)
        counted.note_untranslated(connection, due.language, lacking)
    return replace(due, parts=units, choices=choices, language=rendered.language)


def _known(parts: Parts, due: outbox.Due) -> str | None:
    """The provider's id where a status callback already told that the uncertain part arrived."""
    if not due.uncertain:
        return None
    with transaction(parts.engine) as connection:
        return receipts.known(connection, due.outgoing_id)


def _send(
    parts: Parts,
    chat_id: int,
    token: str,
    account: Account,
    channel: Channel,
    due: outbox.Due,
    address: str,
    last_inbound_at: float | None,
) -> None:
    assert due.parts is not None
    last = due.parts_sent + 1 >= len(due.parts)
    try:
        text, medium = media_out.taken(parts, chat_id, due)
    except VaultUnavailable:
        _failed(parts, chat_id, token, account, due, SendFailed("later", code="storage"))
        return
    outgoing = Outgoing(
        id=due.outgoing_id,
        address=address,
        text=text,
        choices=tuple((c[0], c[1]) for c in due.choices or ()) if last else (),
        language=due.language,
        uncertain=due.uncertain,
        first_tried_at=due.first_tried_at or now(),
        last_inbound_at=last_inbound_at,
        medium=medium,
        outside=alerts.outside(due.key),
    )
    try:
        sent = channel.send(outgoing)
    except SendFailed as error:
        log.info(
            "send_failed",
            extra={"chat_id": chat_id, "reply_id": due.id, "kind": error.kind, "code": error.code},
        )
        _failed(parts, chat_id, token, account, due, error)
        return
    try:
        _accepted(parts, chat_id, token, account, due, sent)
    except LeaseLost:
        # Erased while it was under way, or taken over by another worker.
        stragglers.too_late(parts, chat_id, account, due, address, sent.provider_id)
        raise


def _accepted(parts: Parts, chat_id: int, token: str, account: Account, due: outbox.Due, sent: Sent) -> None:
    with transaction(parts.engine) as connection:
        hold(connection, SEND, chat_id, token, parts.settings.lease_s)
        outbox.accepted(connection, due, sent.provider_id, looked_up=sent.looked_up)
        breakers.worked(connection, _name(account))


def _silence(connection: Connection, chat_id: int) -> None:
    """The platform says that nothing may be written there. What a patient is told once waits until they write again; a member's
    cases stand in their list.
    """
    # An administrator's own chat is a patient's.
    if people.role_of(connection, chat_id) not in people.INVITED:
        outbox_silence.hush(connection, chat_id)
    else:
        outbox_silence.drop_all(connection, chat_id, "stopped")


def _failed(
    parts: Parts, chat_id: int, token: str, account: Account, due: outbox.Due, error: SendFailed
) -> None:
    """What a refusal means for the reply, the chat and the account; the line is looked at anew after each."""
    pause = outbox.RETRIES_S[min(due.attempts, len(outbox.RETRIES_S) - 1)]
    given_up = False
    woken: Wakes = []
    with transaction(parts.engine) as connection:
        linked = unreached.locked(connection, chat_id)
        if others := knocking.beside(connection, chat_id, due.key):
            telling.lock(connection, {chat_id, *others})
        hold(connection, SEND, chat_id, token, parts.settings.lease_s)
        match error.kind:
            case "later" | "unknown":
                certain = error.kind == "later"
                given_up = not outbox.retry(
                    connection, due, pause, uses_try=True, certain=certain, error=error.code or error.kind
                )
            case "outage":
                wait_s = breakers.failed(connection, _name(account), error.retry_after_s)
                # A 5xx may hide an acceptance. Where the provider can be asked, the next try asks; on Telegram it
                # would only make doubles of what an outage surely did not take.
                certain = error.code == "connect" or not LIMITS[account.channel].looks_up
                given_up = not outbox.retry(
                    connection,
                    due,
                    wait_s,
                    uses_try=due.age_s > outbox.OUTAGE_S,
                    certain=certain,
                    error=error.code or "outage",
                )
            case "slow":
                wait_s = error.retry_after_s or pause
                pace.hold_back(connection, account.channel, chat_id, wait_s)
                outbox.retry(
                    connection, due, wait_s, uses_try=False, certain=True, error=error.code or "slow"
                )
            case "window":
                # Nobody who writes has to be called any more.
                ends = "dropped" if due.key == alerts.KNOCK else "parked"
                outbox.close(connection, due, ends, error.code or "window")
                woken = knocking.after_window(connection, due)
            case "never":
                outbox.close(connection, due, "failed", error.code or "never")
                given_up = True
            case "stopped":
                connection.execute(update(Chat).where(Chat.id == chat_id).values(stopped=True))
                # It surely did not take this one.
                outbox.retry(
                    connection, due, 0.0, uses_try=False, certain=True, error=error.code or "stopped"
                )
                _silence(connection, chat_id)
                woken = unreached.after_stop(connection, chat_id, linked)
            case "moved":
                effects.move_chat(connection, chat_id, error.moved_to)
                outbox.retry(connection, due, 0.0, uses_try=True, certain=True, error="moved")
        if given_up:
            woken = unreached.after_refusal(connection, linked, due.id)
    for task, other in woken:
        parts.wake(task, other)
