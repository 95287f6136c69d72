"""A typed invitation: the chat becomes a health worker's or a clinician's, or is told in one sentence why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from bot import invitations, join_codes, outbox, outbox_silence, people, reminders
from bot.cases import keepers, links
from bot.cases.store import CaseMoved
from bot.conversation.desk import write_desk
from bot.database import transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.messages import Reply, Text
from bot.queue import DELIVER, Wakes
from bot.tables import Chat
from worker import desk as desk_room
from worker import effects
from worker.parts import Parts
from worker.units import ChatRow, Unit, use_up

__all__ = ["code_of", "join"]


def code_of(unit: Unit) -> str:
    """What may be an invitation: a message of one person that is a code, or says /join. '' for everything else."""
    if len(unit.items) != 1:
        return ""
    item = unit.items[0]
    if item.kind != "message" or item.attachments or item.forwarded:
        return ""
    means_it = item.text.strip().casefold().startswith("/join")
    return item.text if means_it or join_codes.looks_like_code(item.text) is not None else ""


def join(parts: Parts, chat: ChatRow, token: str, unit: Unit, text: str) -> Wakes:
    """Redeems the code, changes the chat and answers, in one transaction; what to wake afterwards."""
    with transaction(parts.engine) as connection:
        hold(connection, TURN_LEASE, chat.id, token, parts.settings.lease_s, turns=Chat.turns + 1)
        turn_id = effects.record_turn(connection, chat.id, "Joining")
        desk = desk_room.state_of(chat)
        if left := _left_behind(parts, connection, chat, text):
            # The code stays good: who looks after nobody any more writes it again.
            use_up(connection, unit, turn_id)
            outbox_silence.resume(connection, chat.id)
            refused = Reply((Text("join.cases", {"count": left}),), (), "not_joined")
            outbox.queue(connection, chat.id, turn_id, [refused], desk.speaks)
            return [(DELIVER, chat.id)]
        result = invitations.redeem(connection, parts.settings.master_keys, chat.id, text)
        if isinstance(result, invitations.Linked):
            # It was not good when the turn began (`linking.meant`) and is now.
            raise CaseMoved(f"the code that was typed in chat {chat.id} has just become good")
        if isinstance(result, invitations.Redeemed) and result.role not in people.INVITED:
            # Their role is the console's: what is talked about in this chat stays as it was.
            reply = Reply((Text("join.own"),), (), "joined")
        elif isinstance(result, invitations.Redeemed):
            role: Literal["chw", "clinician"] = "clinician" if result.role == "clinician" else "chw"
            desk = replace(desk, role=role, current="", offered=(), overlay="", stopped=False)
            if not chat.works:
                # The patient's conversation ends here; photographs that nobody agreed to are forgotten.
                effects.drop_pending(connection, chat.account, chat.state)
                reminders.drop(connection, chat.id)
                # Nor is a worker's chat any patient's.
                links.unlink(connection, chat.id)
            hold(
                connection,
                TURN_LEASE,
                chat.id,
                token,
                parts.settings.lease_s,
                state=write_desk(desk),
                wake_at=None,
                stopped=False,
            )
            said = [Text(f"join.{role}", {"number": str(result.person_id)}), Text(f"join.{role}_help")]
            reply = Reply(tuple(said), (), "joined")
        else:
            reply = Reply((Text(f"join.{result}"),), (), "not_joined")
        use_up(connection, unit, turn_id)
        outbox_silence.resume(connection, chat.id)
        outbox.queue(connection, chat.id, turn_id, [reply], desk.speaks)
    return [(DELIVER, chat.id)]


def _left_behind(parts: Parts, connection: Connection, chat: ChatRow, text: str) -> int:
    """How many open cases of patients nobody would look after, were the code to make a health worker something else."""
    before = people.person_of(connection, chat.id)
    if before is None or before.role != "chw":
        return 0
    if invitations.role_meant(connection, parts.settings.master_keys, chat.id, text) in (None, "chw"):
        return 0
    return len(keepers.patients_of(connection, before.id))
