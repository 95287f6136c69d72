"""What is to be sent: queue, claim, sent, failed, retry times, rates, breakers. The only writer of reply rows.

A chat's replies go out one at a time, in order. Each is rendered once, before its first sending, and may have
several parts. The only window for a double send is a crash (or a lost answer) between the channel's acceptance and
our mark: `resent` counts every send that was made without knowing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from bot import copies, parts_told, silence
from bot.channels import LIMITS, Account, DeliveryStatus
from bot.clock import db_now
from bot.database import insert_for
from bot.messages import Choice, Media, Reply
from bot.tables import Breaker, Chat, Rate, Receipt, ReplyRow
from locales import Text

__all__ = [
    "RETRIES_S",
    "Due",
    "let_go",
    "next_due",
    "queue",
    "receipt",
    "replay",
    "reply_from_json",
    "reply_to_json",
]

# First send plus three retries for what can succeed later.
RETRIES_S = (5.0, 60.0, 600.0)
# How long an outage may last before it uses up tries.
OUTAGE_S = 24 * 3600.0
BREAKER_FIRST_S = 2.0
BREAKER_LONGEST_S = 60.0
# How many messages may leave at once before the interval holds (a person answers quickly; the limit is an average).
BURST = 3
# Twilio: blocked by the person, opted out.
STOPPED_CODES = ("63014", "21610")
OPEN_STATES = ("queued", "sending")
SAID_STOP = "stopped"
# As long as the conversation itself waits for somebody who is silent (worker.retention, "states").
HUSHED_S = 31 * 86_400.0


def text_to_json(text: Text) -> dict[str, Any]:
    """The message id and its arguments as plain JSON."""
    return {"id": text.id, "args": {k: _arg_to_json(v) for k, v in text.args.items()}}


def _arg_to_json(value: object) -> Any:
    if isinstance(value, Text):
        return text_to_json(value)
    if isinstance(value, tuple | list):
        return [_arg_to_json(v) for v in value]
    return value


def text_from_json(data: dict[str, Any]) -> Text:
    """The inverse of `text_to_json`."""
    return Text(data["id"], {k: _arg_from_json(v) for k, v in data["args"].items()})


def _arg_from_json(value: Any) -> object:
    if isinstance(value, dict):
        return text_from_json(value)
    if isinstance(value, list):
        return tuple(_arg_from_json(v) for v in value)
    return value


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as it is kept: ids and arguments, no sentence."""
    kept: dict[str, Any] = {
        "paragraphs": [text_to_json(p) for p in reply.paragraphs],
        "choices": [{"code": c.code, "label": text_to_json(c.label)} for c in reply.choices],
    }
    if reply.media:
        kept["media"] = [_media_to_json(m) for m in reply.media]
    return kept


def _media_to_json(media: Media) -> dict[str, Any]:
    return {
        "kind": media.kind,
        "photo_id": media.photo_id,
        "caption": None if media.caption is None else text_to_json(media.caption),
        "texts": [text_to_json(t) for t in media.texts],
        "language": media.language,
    }


def _media_from_json(data: dict[str, Any]) -> Media:
    return Media(
        kind=data["kind"],
        photo_id=data["photo_id"],
        caption=None if data["caption"] is None else text_from_json(data["caption"]),
        texts=tuple(text_from_json(t) for t in data["texts"]),
        language=data["language"],
    )


def reply_from_json(data: dict[str, Any], key: str = "") -> Reply:
    """The inverse of `reply_to_json`."""
    return Reply(
        paragraphs=tuple(text_from_json(p) for p in data["paragraphs"]),
        choices=tuple(Choice(c["code"], text_from_json(c["label"])) for c in data["choices"]),
        key=key,
        media=tuple(_media_from_json(m) for m in data.get("media", ())),
    )


def queue(
    connection: Connection,
    chat_id: int,
    turn_id: int,
    replies: Sequence[Reply],
    language: str,
    case_id: int | None = None,
) -> None:
    """Queues the replies of a turn, in the transaction that writes its state.

    One that is not good for ever and is said again takes the place of the one that has not left. case_id: the worker's case
    they speak of.
    """
    for reply in replies:
        if reply.good_for_s is not None:
            connection.execute(
                update(ReplyRow)
                .where(
                    ReplyRow.chat_id == chat_id,
                    ReplyRow.key == reply.key,
                    ReplyRow.expires_at.is_not(None),
                    ReplyRow.state.in_(("queued", "parked")),
                    ReplyRow.parts_sent == 0,
                )
                .values(state="dropped", error="said again")
            )
        connection.execute(
            insert_for(connection)(ReplyRow).values(
                uuid=secrets.token_hex(16),
                chat_id=chat_id,
                turn_id=turn_id,
                key=reply.key,
                texts=reply_to_json(reply),
                language=language,
                state="queued",
                parts_sent=0,
                rank=0,
                attempts=0,
                resent=0,
                created_at=db_now(),
                expires_at=None if reply.good_for_s is None else db_now() + reply.good_for_s,
                case_id=case_id,
            )
        )
    if replies:
        connection.execute(update(Chat).where(Chat.id == chat_id).values(send_due_at=db_now()))


@dataclass(frozen=True, slots=True)
class Due:
    """The chat's next reply. wait_s > 0: not yet. uncertain: an earlier try of the next part may have been accepted.

    stale: nothing of it has left, and it is not good any more.
    """

    id: int
    chat_id: int
    uuid: str
    texts: dict[str, Any]
    key: str
    language: str
    parts: list[str | dict[str, Any]] | None
    choices: list[list[str]] | None
    parts_sent: int
    attempts: int
    uncertain: bool
    first_tried_at: float | None
    age_s: float
    wait_s: float
    stale: bool = False

    @property
    def outgoing_id(self) -> str:
        """The id of the next part, as it goes into callback URLs."""
        return f"{self.uuid}-{self.parts_sent}"


def next_due(connection: Connection, chat_id: int) -> Due | None:
    """The earliest reply of the chat that is not finished; later ones wait for it."""
    row = connection.execute(
        select(
            ReplyRow,
            (db_now() - ReplyRow.created_at).label("age_s"),
            func.coalesce(ReplyRow.next_try_at - db_now(), 0.0).label("wait_s"),
            and_(*_stale()).label("stale"),
        )
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.in_(OPEN_STATES))
        .order_by(ReplyRow.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Due(
        id=row.id,
        chat_id=row.chat_id,
        uuid=row.uuid,
        texts=row.texts,
        key=row.key,
        language=row.language,
        parts=row.parts,
        choices=row.choices,
        parts_sent=row.parts_sent,
        attempts=row.attempts,
        uncertain=row.state == "sending",
        first_tried_at=row.first_tried_at,
        age_s=row.age_s,
        wait_s=max(0.0, row.wait_s),
        stale=bool(row.stale),
    )


def rendered(
    connection: Connection,
    due: Due,
    parts: Sequence[str | dict[str, Any]],
    choices: Sequence[Sequence[str]],
    pack_version: str,
) -> None:
    """Keeps the words that will be sent; from here on a new pack version changes nothing.

    parts: texts, and for what is seen or heard {"text", "medium"}; see worker.units_out.
    """
    connection.execute(
        update(ReplyRow)
        # Not by the row's number alone: SQLite gives that of an erased reply to the next one.
        .where(ReplyRow.id == due.id, ReplyRow.uuid == due.uuid)
        .values(parts=list(parts), choices=[list(c) for c in choices], pack_version=pack_version)
    )


def sending(connection: Connection, due: Due) -> bool:
    """Marks that a try is about to leave; committed before it does. False where this part is not to leave any more: the person
    said STOP meanwhile, or an earlier part has to go again.
    """
    marked = connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.id == due.id,
            ReplyRow.uuid == due.uuid,
            ReplyRow.state.in_(OPEN_STATES),
            ReplyRow.parts_sent == due.parts_sent,
        )
        .values(
            state="sending",
            first_tried_at=func.coalesce(ReplyRow.first_tried_at, db_now()),
            resent=ReplyRow.resent + (1 if due.uncertain else 0),
        )
    )
    return marked.rowcount == 1


def accepted(connection: Connection, due: Due, provider_id: str, *, looked_up: bool = False) -> None:
    """One more part is with the provider; after the last the reply is `sent`."""
    total = len(due.parts or ())
    told = parts_told.of_parts(connection, due.uuid, total)
    mine = parts_told.took(connection, due.outgoing_id, provider_id, told.get(due.parts_sent))
    if mine is not None:
        told[due.parts_sent] = mine
    after = parts_told.following(due.parts_sent, total, told)
    last = after >= total
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id)
        .values(
            parts_sent=after,
            # What was stopped while it was under way stays so, but for what has left whole.
            state="sent" if last else case((ReplyRow.state == "sending", "queued"), else_=ReplyRow.state),
            provider_id=provider_id[:80],
            # Found at the provider: nothing was sent a second time after all.
            resent=ReplyRow.resent - (1 if looked_up else 0),
            next_try_at=None,
            first_tried_at=None if not last else ReplyRow.first_tried_at,
        )
    )
    copies.note_of(connection, due.chat_id, provider_id)
    if told:
        # A failure may have been told before we knew that it was accepted, and of an earlier part meanwhile.
        _settle(connection, due.uuid, due.chat_id)


def retry(
    connection: Connection, due: Due, wait_s: float, *, uses_try: bool, certain: bool, error: str
) -> bool:
    """Puts a reply back for later; False where its tries are used up and it is now failed.

    certain: the provider surely did not take it (else the next try asks first, or is counted as a possible double).
    """
    attempts = due.attempts + (1 if uses_try else 0)
    failed = attempts > len(RETRIES_S)
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id, ReplyRow.state.in_(OPEN_STATES))
        .values(
            state="failed" if failed else ("queued" if certain else "sending"),
            attempts=attempts,
            next_try_at=db_now() + wait_s,
            error=error[:80],
            # A try that surely did not arrive was no double.
            resent=ReplyRow.resent - (1 if certain and due.uncertain else 0),
        )
    )
    if due.parts_sent:
        _settle(connection, due.uuid, due.chat_id)
    return not failed


def close(connection: Connection, due: Due, state: str, error: str) -> None:
    """Ends a reply as failed, parked or dropped."""
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id, ReplyRow.state.in_(OPEN_STATES))
        .values(state=state, error=error[:80])
    )
    if due.parts_sent:
        _settle(connection, due.uuid, due.chat_id)


def replay(connection: Connection, reply_id: int) -> int | None:
    """Has a failed reply sent once more, from the part that did not leave; its chat, or None where there is no such reply."""
    chat_id = connection.execute(
        select(ReplyRow.chat_id).where(ReplyRow.id == reply_id, ReplyRow.state == "failed")
    ).scalar_one_or_none()
    if chat_id is None:
        return None
    # The chat first: the order of locks everywhere.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    parts = connection.execute(select(ReplyRow.parts).where(ReplyRow.id == reply_id)).scalar_one_or_none()
    last = max(0, len(parts or ()) - 1)
    done = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == reply_id, ReplyRow.state == "failed")
        .values(
            state="queued",
            attempts=0,
            rank=0,
            next_try_at=None,
            first_tried_at=None,
            created_at=db_now(),
            # Of one that an earlier version took for sent whole it is not known which part failed: the last goes again.
            parts_sent=case((ReplyRow.parts_sent > last, last), else_=ReplyRow.parts_sent),
        )
    )
    if done.rowcount != 1:
        return None
    connection.execute(
        update(Chat).where(Chat.id == chat_id).values(send_due_at=func.coalesce(Chat.send_due_at, db_now()))
    )
    return int(chat_id)


def unheard(connection: Connection, chat_id: int, prefix: str) -> bool:
    """True where the newest reply of the chat whose key begins like this has not reached anybody: it was tried, and waits or was
    given up. One that is just leaving counts as read.
    """
    found = connection.execute(
        select(ReplyRow.state, ReplyRow.first_tried_at)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.key.startswith(prefix, autoescape=True))
        .order_by(ReplyRow.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return False
    waits = found.state == "queued" and found.first_tried_at is not None
    return waits or found.state in ("parked", "failed", "dropped")


def take_back(connection: Connection, chat_id: int, prefix: str) -> None:
    """What has not left of such replies does not leave any more."""
    connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.key.startswith(prefix, autoescape=True),
            ReplyRow.state.in_(("queued", "parked")),
        )
        .values(state="dropped", error="asked anew")
    )


def let_go(connection: Connection, reply_id: int) -> bool:
    """Drops a failed reply: it will not be sent. False where it is none."""
    done = connection.execute(
        update(ReplyRow).where(ReplyRow.id == reply_id, ReplyRow.state == "failed").values(state="dropped")
    )
    return bool(done.rowcount == 1)


def _stale() -> tuple[ColumnElement[bool], ...]:
    return (
        ReplyRow.expires_at.is_not(None),
        ReplyRow.expires_at <= db_now(),
        ReplyRow.state.in_(("queued", "parked")),
        or_(ReplyRow.parts_sent == 0, ReplyRow.error == SAID_STOP),
    )


def drop_stale(connection: Connection, chat_id: int | None = None) -> int:
    """Drops what is not good any more before it could be sent, in one chat or in all; how many."""
    of = [] if chat_id is None else [ReplyRow.chat_id == chat_id]
    return connection.execute(
        update(ReplyRow).where(*_stale(), *of).values(state="dropped", error="stale")
    ).rowcount


def hush(connection: Connection, chat_id: int, waits: Collection[str]) -> None:
    """The person said STOP: nothing that is in line leaves. Replies of the keys `waits` wait until they write again, as long as
    a silent chat's state is kept; the rest goes.
    """
    in_line = (ReplyRow.chat_id == chat_id, ReplyRow.state.in_((*OPEN_STATES, "parked")))
    connection.execute(
        update(ReplyRow).where(*in_line, ReplyRow.key.not_in(waits)).values(state="dropped", error=SAID_STOP)
    )
    connection.execute(
        update(ReplyRow)
        .where(*in_line)
        .values(
            state="parked",
            error=SAID_STOP,
            expires_at=func.coalesce(ReplyRow.expires_at, db_now() + HUSHED_S),
        )
    )


def drop_all(connection: Connection, chat_id: int, error: str) -> None:
    """Drops what a stopped chat still has in line."""
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.in_((*OPEN_STATES, "parked")))
        .values(state="dropped", error=error)
    )


# --- what the provider says afterwards ---------------------------------------------------------------------


def receipt(connection: Connection, status: DeliveryStatus, account: Account | None = None) -> None:
    """Keeps a delivery status, and has sent again what failed and may still arrive.

    account: whose status it is. Of a reply that is not there any more nothing is kept; where its chat was erased, the
    message that the provider speaks of is redacted.
    """
    named = status if status.outgoing_id else _named(connection, status)
    if named is None:
        return
    chat_id = _chat_of(connection, named.outgoing_id)
    if chat_id is None:
        if account is not None:
            _redact_unknown(connection, account, named.provider_id)
        return
    # Every id that is told, also of a part that left twice: erasing the chat must reach them all.
    copies.note_of(connection, chat_id, named.provider_id)
    if not parts_told.keep(connection, named):
        return
    failed = named.status == "failed"
    if failed and named.error in STOPPED_CODES:
        connection.execute(update(Chat).where(Chat.id == chat_id).values(stopped=True))
    _settle(
        connection,
        named.outgoing_id.partition("-")[0],
        chat_id,
        news=parts_told.part_of(named.outgoing_id) if failed else None,
    )


def _named(connection: Connection, status: DeliveryStatus) -> DeliveryStatus | None:
    """The status with the id of the part that it speaks of: the last that was accepted; None where nobody knows it."""
    row = connection.execute(
        select(ReplyRow.uuid, ReplyRow.parts_sent).where(ReplyRow.provider_id == status.provider_id)
    ).first()
    if row is None:
        return None
    return replace(status, outgoing_id=f"{row.uuid}-{max(0, row.parts_sent - 1)}")


def _settle(connection: Connection, uuid: str, chat_id: int, news: int | None = None) -> None:
    """Puts a reply where it stands by what was told of its parts (bot.parts_told). The chat's row is locked."""
    row = connection.execute(
        select(ReplyRow.state, ReplyRow.parts, ReplyRow.parts_sent).where(ReplyRow.uuid == uuid)
    ).first()
    if row is None or not row.parts:
        return
    total = len(row.parts)
    told = parts_told.of_parts(connection, uuid, total)
    ruling = parts_told.ruled(row.state, row.parts_sent, total, told, news)
    if ruling is None:
        return
    values: dict[str, Any] = {"state": ruling.state, "parts_sent": ruling.next_part}
    if ruling.state != row.state or not ruling.error:
        values["rank"] = ruling.rank
    if ruling.state != row.state and ruling.error:
        values["error"] = f"status {ruling.error}"[:80]
    if ruling.state == "queued" and silence.in_chat(connection, chat_id):
        # Nothing leaves again after STOP; it waits, as what had not left then.
        values |= {"state": "parked", "error": SAID_STOP, "expires_at": db_now() + HUSHED_S}
    elif ruling.state == "queued":
        values |= {"error": f"status {ruling.error}"[:80], "next_try_at": db_now() + RETRIES_S[1]}
        # Nobody else would wake the chat for it.
        connection.execute(
            update(Chat)
            .where(Chat.id == chat_id)
            .values(send_due_at=func.coalesce(Chat.send_due_at, db_now() + RETRIES_S[1]))
        )
    connection.execute(update(ReplyRow).where(ReplyRow.uuid == uuid).values(**values))


def _chat_of(connection: Connection, outgoing_id: str) -> int | None:
    """The chat of a reply that is there, its row locked: whoever erases it waits for us, or has finished."""
    mine = select(ReplyRow.chat_id).where(ReplyRow.uuid == outgoing_id.partition("-")[0])
    chat_id = connection.execute(mine).scalar_one_or_none()
    if chat_id is not None:
        connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
        chat_id = connection.execute(mine).scalar_one_or_none()
    return chat_id


def _redact_unknown(connection: Connection, account: Account, provider_id: str) -> None:
    """A status of a reply that is gone: by its age (then its chat knows the id), or because its chat was erased."""
    if account.channel in copies.REDACTED and not copies.is_held(connection, provider_id):
        copies.forget(connection, account, "", provider_id)


def known_receipt(connection: Connection, outgoing_id: str) -> str | None:
    """The provider's id of a part whose acceptance we missed, if a status callback has told it."""
    found = connection.execute(
        select(Receipt.provider_id).where(
            Receipt.outgoing_id == outgoing_id, Receipt.rank != parts_told.FAILED
        )
    ).scalar_one_or_none()
    return None if found is None else str(found)


# --- pace --------------------------------------------------------------------------------------------------


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
    taken = connection.execute(
        update(Rate)
        .where(Rate.scope == scope, Rate.free_at <= db_now() + (burst - 1) * interval_s)
        .values(free_at=case((Rate.free_at > db_now(), Rate.free_at), else_=db_now()) + interval_s)
    )
    if taken.rowcount == 1:
        return 0.0
    ahead = connection.execute(select(Rate.free_at - db_now()).where(Rate.scope == scope)).scalar_one()
    return max(0.05, float(ahead) - (burst - 1) * interval_s)


def hold_back(connection: Connection, channel: str, chat_id: int, wait_s: float) -> None:
    """The provider asked for a pause (retry_after): nothing to this chat for so long."""
    # The burst allowance is used up as well: a chat that was told to slow down gets one message, then one an interval.
    free_at = db_now() + wait_s + (BURST - 1) * LIMITS[channel].chat_interval_s
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


# --- breakers ----------------------------------------------------------------------------------------------


def breaker_wait(connection: Connection, account: str) -> float:
    """0.0 where the account may be tried; else how long to wait. Half open, it lets one probe through at a time."""
    row = connection.execute(
        select(Breaker.failures, (Breaker.open_until - db_now()).label("wait_s")).where(
            Breaker.account == account
        )
    ).first()
    if row is None or row.failures == 0:
        return 0.0
    if row.wait_s > 0:
        return float(row.wait_s)
    probe = connection.execute(
        update(Breaker)
        .where(Breaker.account == account, Breaker.open_until <= db_now())
        .values(open_until=db_now() + BREAKER_FIRST_S)
    )
    return 0.0 if probe.rowcount == 1 else BREAKER_FIRST_S


def breaker_failed(connection: Connection, account: str, retry_after_s: float | None = None) -> float:
    """Opens the account's breaker, longer each time; seconds until the next probe."""
    row = connection.execute(select(Breaker.failures).where(Breaker.account == account)).scalar_one_or_none()
    failures = (row or 0) + 1
    wait_s = retry_after_s or min(BREAKER_LONGEST_S, BREAKER_FIRST_S * 2.0 ** min(failures - 1, 10))
    values = {"failures": failures, "open_until": db_now() + wait_s}
    connection.execute(
        insert_for(connection)(Breaker)
        .values(account=account, since=db_now(), **values)
        .on_conflict_do_update(
            index_elements=["account"], set_={**values, "since": func.coalesce(Breaker.since, db_now())}
        )
    )
    return wait_s


def breaker_worked(connection: Connection, account: str) -> None:
    """Closes the breaker after a success."""
    connection.execute(
        update(Breaker)
        .where(Breaker.account == account, Breaker.failures > 0)
        .values(failures=0, open_until=0.0, since=None)
    )


def chats_with_work(connection: Connection, limit: int) -> list[int]:
    """Chats whose replies are due and whom nobody is sending to."""
    return list(
        connection.execute(
            select(Chat.id)
            .where(
                and_(
                    Chat.send_due_at.is_not(None),
                    Chat.send_due_at <= db_now(),
                    or_(Chat.send_until.is_(None), Chat.send_until < db_now()),
                )
            )
            .order_by(Chat.send_due_at)
            .limit(limit)
        ).scalars()
    )
