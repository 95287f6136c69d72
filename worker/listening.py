"""A turn that only reads aloud: the conversation is not asked and does not change."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

import locales
from bot import listening, outbox, outbox_silence, reply_json
from bot.channels import LIMITS, Channel
from bot.conversation.events import Said
from bot.database import reading, transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.listening import Asked
from bot.messages import Choice, Media, Reply, Text
from bot.queue import DELIVER, Wakes
from bot.tables import Chat, ReplyRow
from worker import effects
from worker.parts import Parts
from worker.units import ChatRow, Unit, stopped_after, use_up

__all__ = ["Wanted", "read_aloud", "voiced", "wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, of which reply, in a chat that has chosen so."""

    asked: Asked
    language: str
    chosen: str
    reply: Reply | None


def voiced(parts: Parts, language: str) -> bool:
    """True where this machine can read the language aloud."""
    return parts.speaker is not None and bool(locales.pack(language).voice)


def wanted(parts: Parts, chat: ChatRow, unit: Unit) -> Wanted | None:
    """What the person asks of the voice, where that is all they said; None: the turn is the conversation's."""
    if not isinstance(unit.event, Said) or len(unit.items) != 1 or unit.parked:
        return None
    with reading(parts.engine) as connection:
        last = _reply(connection, chat.id, None)
        if last is None:
            return None
        reply, language = last
        if not voiced(parts, language):
            return None
        chosen = connection.execute(select(Chat.listen).where(Chat.id == chat.id)).scalar_one()
        listed = listening.listed_place(reply, chosen, LIMITS[chat.account.channel])
        asked = listening.asked(unit.items[0], language, listed)
        if asked is None:
            return None
        if asked.reply_id is not None:
            # An older message; where it is gone, nothing is read in its place.
            one = _reply(connection, chat.id, asked.reply_id)
            return Wanted(asked, one[1] if one else language, chosen, one[0] if one else None)
    return Wanted(asked, language, chosen, reply)


def _reply(connection: Connection, chat_id: int, reply_id: int | None) -> tuple[Reply, str] | None:
    """A reply of the chat and its language; reply_id None: the last that is not itself a voice note."""
    which = [ReplyRow.key != listening.KEY] if reply_id is None else [ReplyRow.id == reply_id]
    row = connection.execute(
        select(ReplyRow.texts, ReplyRow.key, ReplyRow.language)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.not_in(("dropped", "failed")), *which)
        .order_by(ReplyRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (reply_json.reply_from_json(row.texts, row.key), row.language)


def read_aloud(
    parts: Parts, chat: ChatRow, token: str, channel: Channel | None, unit: Unit, want: Wanted
) -> Wakes:
    """Keeps the choice, queues the voice note; what to wake."""
    if channel is not None:
        channel.typing(chat.address, unit.items[0].reply_context)
    chosen, reply = _said(want)
    stopped = stopped_after(chat, unit)
    with transaction(parts.engine) as connection:
        hold(
            connection,
            TURN_LEASE,
            chat.id,
            token,
            parts.settings.lease_s,
            stopped=stopped,
            turns=Chat.turns + 1,
        )
        turn_id = effects.record_turn(connection, chat.id, "Listened")
        use_up(connection, unit, turn_id)
        connection.execute(update(Chat).where(Chat.id == chat.id).values(listen=chosen))
        outbox.queue(connection, chat.id, turn_id, [reply], want.language)
        outbox_silence.resume(connection, chat.id)
    return [(DELIVER, chat.id)]


def _said(want: Wanted) -> tuple[str, Reply]:
    """What the chat has chosen now, and what it is told."""
    match want.asked.what:
        case "always":
            said = (Text("listen.always_on"),)
            off = Choice("listen.off", Text("listen.off"))
            return "always", Reply(
                said, (off,), listening.KEY, media=(Media("voice", texts=said, language=want.language),)
            )
        case "off":
            return "never", Reply((Text("listen.off_now"),), (), listening.KEY)
    if want.reply is None:
        return want.chosen, Reply((Text("media.voice_gone"),), (), listening.KEY)
    again = want.chosen in ("once", "never")
    always = (Choice("listen.always", Text("listen.always")),) if again else ()
    note = listening.note(want.reply, want.language)
    return want.chosen or "once", Reply((), always, listening.KEY, media=(note,))
