"""A clinic that has been at work for a while: made-up people, cases and what belongs to them, to measure the console's pages on.

Of everything there is as much as the cases give cause for, so that a page that reads too much is slower at more cases. The rows
are written as they lie in the tables, not by way of conversations. The trail's rows are not chained.
"""

from __future__ import annotations

import io
import random
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from bot import figure_counts, figures, reply_json
from bot.cases import notes, raters
from bot.casework import answers, codes
from bot.casework.answers import Answer
from bot.clock import now
from bot.console import codes as codes_of_login
from bot.console import logins, roles, sessions
from bot.conversation import planning
from bot.conversation.state import ChatState, new_state, to_json
from bot.database import transaction
from bot.durations import DAY_S
from bot.media.drawn import draw
from bot.media.vault import Vault
from bot.messages import Condition, Findings, Reply, Text, Urgency
from bot.packs import seed, stage, store
from bot.packs.rows import PackSound, PackUntranslated, PackWord
from bot.place import Place
from bot.places import put
from bot.sealing import Sealer
from bot.tables import (
    Audit,
    AuditHead,
    Base,
    CaseNote,
    CaseOpinion,
    CaseRow,
    CaseView,
    Chat,
    Figure,
    InboundRow,
    Invitation,
    Order,
    Person,
    Photo,
    ReplyRow,
    ReviewItem,
    ReviewRound,
    ReviewScore,
    TeachingConsent,
)

__all__ = ["Clinic", "analyze", "open_clinic"]

LANGUAGES = ("sw", "ar", "en", "fr")
CONDITIONS = ("MEL", "NEV", "BCC", "SEK", "ACK")
# So many rows go to the database at once.
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Clinic:
    """What was made. tokens: a session of somebody of each role. parts: what stands in the addresses of the console's routes."""

    cases: int
    tokens: Mapping[str, str]
    people: Mapping[str, int]
    parts: Mapping[str, str]


def open_clinic(engine: Engine, vault: Vault, keys: Mapping[int, bytes], cases: int) -> Clinic:
    """Fills a migrated database in which nobody is; the shipped packs too. cases: 10 at least."""
    chance = random.Random(1)
    sealer = Sealer(keys)
    with transaction(engine) as connection:
        seed.plant(connection)
    with transaction(engine) as connection:
        people, tokens = _staff(connection, sealer)
        workers = [_person(connection, "chw") for _ in range(max(2, cases // 250))]
        workers[0] = people["chw"]
        raters_ = [people["clinician"], *(_person(connection, "clinician") for _ in range(5))]
        put(connection, [_place(n) for n in range(max(5, cases // 50))])
        chats = _chats(connection, cases, workers)
    with transaction(engine) as connection:
        pictures = _photos(connection, vault, cases, chats)
        shown = _cases(connection, cases, chats, pictures, raters_, chance)
        _said(connection, sealer, cases, chats, raters_)
        _around(connection, cases, chats, people, chance)
        item = _rounds(connection, cases, raters_)
        parts = {**shown, **_packs(connection, cases, people), "item": str(item)}
    parts |= {"person": str(workers[0]), "place": "place-1"}
    return Clinic(cases, tokens, people, parts)


def analyze(engine: Engine) -> None:
    """Has the database count what it has, as a server does by itself now and then."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")


def _staff(connection: Connection, sealer: Sealer) -> tuple[dict[str, int], dict[str, str]]:
    people: dict[str, int] = {}
    tokens: dict[str, str] = {}
    for role in roles.ROLES:
        # Nobody signs in with it: the session is made here.
        people[role] = logins.add(connection, f"bench-{role}", "no password", role)
        known = logins.of_person(connection, people[role])
        assert known is not None
        tokens[role] = sessions.start(connection, known.id)
        codes_of_login.new_secret(connection, sealer, known.id)
    return people, tokens


def _person(connection: Connection, role: str) -> int:
    made = insert(Person).values(role=role, created_at=now(), active=True).returning(Person.id)
    return int(connection.execute(made).scalar_one())


def _place(n: int) -> Place:
    return Place(f"place-{n}", f"Made-up health centre {n}", "clinic", "KE", f"Region {n % 9}")


def _chats(connection: Connection, cases: int, workers: list[int]) -> list[int]:
    """One for each case of somebody's own, every second; the others are with the chats of health workers, in turn."""
    first = {"channel": "webchat", "account": "main", "created_at": now(), "stopped": False, "turns": 3}
    of_workers = [{**first, "address": f"w{n}", "person_id": one} for n, one in enumerate(workers)]
    own = [{**first, "address": f"p{n}", "person_id": None} for n in range(0, cases, 2)]
    _all(connection, Chat, [*of_workers, *own])
    ids = list(connection.execute(select(Chat.id).order_by(Chat.id)).scalars())
    desk, patients = ids[: len(workers)], ids[len(workers) :]
    return [patients[n // 2] if n % 2 == 0 else desk[(n // 2) % len(desk)] for n in range(cases)]


def _photos(connection: Connection, vault: Vault, cases: int, chats: list[int]) -> list[str]:
    """Two of each case; only those of the first two cases can be opened."""
    data = io.BytesIO()
    draw(5, "NEV", 320, seed=1).save(data, "JPEG", quality=85)
    real = [vault.put(data.getvalue()) for _ in range(4)]
    rows, names = [], []
    for n in range(cases * 2):
        stored = real[n] if n < len(real) else real[0]
        name = stored.name if n < len(real) else secrets.token_hex(16)
        names.append(name)
        rows.append(
            {
                "id": name,
                "kind": "photo",
                "chat_id": chats[n // 2],
                "name": name,
                "wrapped_key": stored.wrapped_key,
                "master_key_id": stored.master_key_id,
                "size_bytes": stored.size_bytes,
                "width_px": 320,
                "height_px": 320,
                "origin_ref": "",
                "origin_message": "",
                "created_at": now() - 40 * DAY_S,
                "expires_at": now() + 300 * DAY_S,
            }
        )
    _all(connection, Photo, rows)
    return names


def _state(language: str, condition: str) -> ChatState:
    """A conversation that came to its result."""
    found = Findings(
        (Condition(condition, "possible"), Condition("NEV" if condition != "NEV" else "SEK", "possible")),
        Urgency.WEEK,
        model="bench",
        basis="model",
    )
    state = replace(
        new_state(language),
        consent="yes",
        answers={
            "age": "adult",
            "health": "none",
            "shape": "spot",
            "site": "arm",
            "skin": "3",
            **{f"group{n}": "none" for n in range(1, 5)},
        },
        findings=found,
        description=("It is one brown spot with an even border.", "brown", "even border"),
        requested=1,
        told=1,
        planned=1,
        unplanned=1,
    )
    while key := planning.question(state):
        state = replace(state, answers={**state.answers, key: "no"})
    return state


def _cases(
    connection: Connection,
    cases: int,
    chats: list[int],
    photos: list[str],
    clinicians: list[int],
    chance: random.Random,
) -> dict[str, str]:
    """The cases, opinions on half of them, the consent to teach of one patient in ten; the addresses of the first two."""
    states = {(one, what): _state(one, what) for one in LANGUAGES for what in CONDITIONS}
    rows, opinions, consents = [], [], []
    for n in range(cases):
        code, language, ago = _code(n), LANGUAGES[n % 4], chance.randrange(1, 85) * DAY_S
        own = n % 2 == 0
        state = replace(
            states[language, CONDITIONS[n % 5]],
            photos=(photos[2 * n + 1],),
            earlier_photos=(photos[2 * n],),
            case_version=1 if own else codes.first_version(code),
        )
        sent = now() - ago
        # The first two are open, and wait: their pages have the most on them.
        closed = n > 1 and n % 2 == n // 2 % 2
        answered = n > 1 and n % 5 < 2
        rows.append(
            {
                "code": code,
                "chat_id": chats[n],
                "state": to_json(state),
                "urgency": list(Urgency)[n % len(Urgency)].value,
                "opened_at": sent - 600,
                "touched_at": sent,
                "told_at": sent,
                "escalated_at": sent if n < 2 or n % 3 else None,
                "reason": "unsure",
                "answered_at": sent + 3600 if answered else None,
                "closed_at": sent + DAY_S if closed else None,
                "outcome": chance.choice(figure_counts.OUTCOMES) if closed else "",
                "language": language,
                "place_id": f"place-{n % 7}",
            }
        )
        for by in clinicians[: (n % 4 == 0) + (n % 4 < 2)]:
            opinions.append(
                {
                    "case_id": n + 1,
                    "person_id": by,
                    "at": sent,
                    "condition": CONDITIONS[(n + (n % 7 == 0)) % 5],
                    "urgency": list(Urgency)[chance.randrange(4)].value,
                    "told": [CONDITIONS[n % 5], "NEV"],
                    "told_urgency": "week",
                    "basis": "model" if n % 3 else "rules",
                    "model": "bench",
                }
            )
        if n % 20 in (0, 5):
            consents.append(
                {
                    "chat_id": chats[n] if own else None,
                    "case_id": None if own else n + 1,
                    "case_version": state.case_version,
                    "at": now() - DAY_S,
                    "text_version": f"{language} 1",
                    "withdrawn_at": now() if n % 100 == 5 else None,
                    "side": "train" if n % 25 else "val",
                }
            )
    _all(connection, CaseRow, rows)
    _all(connection, CaseOpinion, opinions)
    _all(connection, TeachingConsent, consents)
    _all(
        connection, CaseView, [{"case_id": n + 1, "person_id": clinicians[1], "day": 1} for n in range(cases)]
    )
    return {"code": _code(0), "media": photos[0], "own code": _code(1), "own media": photos[2]}


def _code(n: int) -> str:
    letters, digits = codes.LETTERS, codes.DIGITS
    tail = "".join(digits[n // 128 // 8**k % 8] for k in range(4))
    return f"{letters[n % 16]}{digits[n // 16 % 8]}-{tail}"


def _said(
    connection: Connection, sealer: Sealer, cases: int, chats: list[int], clinicians: list[int]
) -> None:
    """Four replies of each case, a patient's note, and a clinician's where there was an answer."""
    reply = reply_json.reply_to_json(Reply((Text("menu.more"), Text("now.go"))))
    replies = [
        {
            "uuid": secrets.token_hex(16),
            "chat_id": chats[n],
            "turn_id": 0,
            "texts": reply,
            "language": LANGUAGES[n % 4],
            "parts": ["A sentence that was said, as it was sent."],
            "state": "failed" if n % 97 == 0 else "sent",
            "first_tried_at": now() - n % 200 * 3600.0,
            "created_at": now() - n % 200 * 3600.0,
            "case_id": n + 1 if n % 2 else None,
        }
        for n in range(cases)
        for _ in range(4)
    ]
    _all(connection, ReplyRow, replies)
    said = answers.to_note(Answer(("same",)))
    written: list[dict[str, Any]] = []
    for n in range(cases):
        kinds: list[tuple[str, int | None, str]] = [("patient", None, "It itches at night.")]
        if n > 1 and n % 5 < 2:
            kinds.append(("clinician", clinicians[n % len(clinicians)], said))
        for kind, author, text in kinds:
            number = len(written) + 1
            sealed = sealer.seal(text.encode(), purpose=notes.PURPOSE, name=str(number))
            written.append(
                {"id": number, "case_id": n + 1, "at": now(), "author": author, "kind": kind, "text": sealed}
            )
    _all(connection, CaseNote, written)


def _around(
    connection: Connection, cases: int, chats: list[int], people: Mapping[str, int], chance: random.Random
) -> None:
    """The trail, messages that came, what was given up, orders, invitations, what the plots count."""
    today = figures.day_of(UTC)
    counted_ = [
        {
            "kind": kind,
            "day": today - chance.randrange(1, 85),
            "who": n * 31,
            "chat_id": chats[n],
            "case_id": None,
            "case_version": 1,
            "urgency": "week" if kind == "case" else "",
            "code": figures.GROUPS[n % 4] if kind == "case" else figures.COACH[n % 5],
            "place_id": f"place-{n % 20}",
        }
        for n in range(cases)
        for kind in ("case", "photo", "photo")
    ]
    _all(connection, Figure, counted_)
    first = connection.execute(select(AuditHead.seq)).scalar_one()
    trail: list[dict[str, Any]] = [
        {
            "seq": first + 1 + n,
            "at": now(),
            "what": ("case_seen", "case_claimed", "case_opinion", "case_answered", "case_closed")[n % 5],
            "subject": str(n // 5 + 1),
            "by_person": people["clinician"],
            "details": {},
            "key_id": 1,
            "mac": "0" * 64,
        }
        for n in range(cases * 5)
    ]
    _all(connection, Audit, trail)
    connection.execute(update(AuditHead).values(seq=first + len(trail), mac="0" * 64))
    came = [
        {
            "chat_id": chats[n],
            "channel": "webchat",
            "account": "main",
            "external_id": f"m{n}",
            "position": 0,
            "received_at": now() - n,
            "state": "parked" if n % 40 == 0 else "done",
            "error": "turn_failed" if n % 40 == 0 else None,
        }
        for n in range(cases)
    ]
    _all(connection, InboundRow, came)
    orders = [
        {
            "kind": ("backup", "training_set", "erase_case")[n % 3],
            "state": "done",
            "by_person": people["admin"],
            "created_at": now() - n * 3600,
            "done_at": now() - n * 3600 + 60,
            "details": {
                "name": f"set-{n}",
                "photographs": 40,
                "patients": 20,
                "cases": 20,
                "size_bytes": 9_000_000,
            },
        }
        for n in range(max(6, cases // 100))
    ]
    _all(connection, Order, orders)
    codes_ = [
        {
            "role": "chw",
            "code_hash": secrets.token_hex(32),
            "created_at": now(),
            "expires_at": now() + 5 * DAY_S,
            "invited_by": people["admin"],
        }
        for _ in range(max(3, cases // 200))
    ]
    _all(connection, Invitation, codes_)


def _rounds(connection: Connection, cases: int, raters_: list[int]) -> int:
    """Rounds of review, scored by all but the last answers of the last; the number of one that the clinician has begun."""
    size = max(raters.LOWEST, min(50, cases // 4))
    rounds = max(2, min(12, cases // 20))
    for _ in range(rounds):
        made = insert(ReviewRound).values(at=now(), by_person=raters_[0]).returning(ReviewRound.id)
        round_id = connection.execute(made).scalar_one()
        items = [
            {"round_id": round_id, "case_id": 2 * k + 1, "source": "computer", "note_id": None}
            # The last one is of the first case, whose photographs can be opened.
            for k in reversed(range(size))
        ]
        _all(connection, ReviewItem, items)
    ids = list(connection.execute(select(ReviewItem.id).order_by(ReviewItem.id)).scalars())
    begun = ids[-1]
    scores = [
        {"item_id": one, "person_id": by, "at": now(), "scores": [4] * len(raters.QUESTIONS)}
        for one in ids
        for by in raters_[:3]
        if one != begun
    ]
    mine = {"item_id": begun, "person_id": raters_[0], "at": now(), "scores": []}
    _all(connection, ReviewScore, [*scores, mine])
    return int(begun)


def _packs(connection: Connection, cases: int, people: Mapping[str, int]) -> dict[str, str]:
    """Words that were not understood, sentences that were lacking, a draft, and a sentence that was said aloud."""
    live = stage.live_version(connection, "sw")
    assert live is not None
    draft = store.get(connection, store.copy(connection, live.id, live.template, people["admin"]))
    assert draft is not None
    many = max(5, cases // 20)
    words = [
        {
            "language": "sw",
            "word_hash": f"{n:032d}",
            "word": f"neno{n}",
            "sixteenths": 65535,
            "times": 5 + n,
            "last_at": now(),
        }
        for n in range(many)
    ]
    _all(connection, PackWord, words)
    lacking = [
        {"language": "sw", "message_id": name, "times": 3, "last_at": now()}
        for name in ("now.go", "menu.more", "consent.ask")
    ]
    _all(connection, PackUntranslated, lacking)
    made = insert(PackSound).values(
        version_id=draft.id,
        said=reply_json.text_to_json(Text("now.go")),
        state="done",
        by_person=people["admin"],
        created_at=now(),
        audio=b"OggS" + bytes(4000),
    )
    sound = connection.execute(made.returning(PackSound.id)).scalar_one()
    return {"language": "sw", "number": str(draft.number), "name": "now.go", "sound": str(sound)}


def _all(connection: Connection, table: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts rows of one shape."""
    every = [dict(row) for row in rows]
    for start in range(0, len(every), BATCH):
        connection.execute(insert(table), every[start : start + BATCH])
