"""Every form of the console, filled in rightly: what stands before it, what is posted, and which rows of the trail it makes.

MARK stands in whatever somebody may write freely. A form that is not here fails tests/console/test_trail_of_every_form.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pyotp
from sqlalchemy import insert, select, update

import locales
from bot import invitations, orders, people
from bot.cases import store as cases_store
from bot.cases import teaching
from bot.cases.raters import QUESTIONS
from bot.casework import codes as case_codes
from bot.channels.registry import WEBCHAT
from bot.clock import db_now, now
from bot.console import codes, logins, sessions, staff
from bot.database import reading, transaction
from bot.packs import sounds, stage, store, written
from bot.packs.rows import PackSentence, PackVersion
from bot.packs.store import Version
from bot.tables import CaseRow, Chat, InboundRow, Photo
from tests.bot.cases.world import a_chat
from tests.conftest import KEYS
from tests.console.desk_world import PLACE, a_case, a_place, told
from tests.console.test_own_cases import a_worker
from tests.console.world import PASSWORD, Browser, World

__all__ = ["FORMS", "FREE", "MARK", "NO_ROW", "Form", "Sent"]

MARK = "zuqmarker"
NAME = "choices.answer_with_number"
# Each: how the row shows what it was about. 'changes': before and after, and they differ. 'makes': there was nothing before.
# 'event': somebody came, went, or looked; nothing else is another afterwards.
Kind = Literal["changes", "makes", "event"]

# Forms that leave no row, and why that is right.
NO_ROW: Mapping[str, str] = {
    "/account/awake": "somebody types: only when their session was last used is written, as with every page",
    "/erase/find": "a search: it shows whether there is somebody, changes nothing and reads nothing of what they said",
    "/operations/channel/{channel}/{account}/ask": "asks the platform how it stands with our token; nothing of ours changes",
}


@dataclass(frozen=True)
class Sent:
    """A form as it goes out. page: where its token is from. by: who is in the trail, the browser's person where None."""

    browser: Browser
    path: str
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    page: str = "/account"
    by: int | None = None


@dataclass(frozen=True)
class Form:
    """rows: word and kind of each row, in order. status: of the answer."""

    rows: Sequence[tuple[str, Kind]]
    ready: Callable[[World], Sent]
    status: int = 303


# The door and one's own account


def sign_in(world: World) -> Sent:
    number = world.person("asha")
    fields = {"name": "asha", "password": PASSWORD, "next": f"/console/packs?words={MARK}", "code": MARK}
    return Sent(world.browser(), "/sign-in", fields, page="/sign-in", by=number)


def sign_out(world: World) -> Sent:
    return Sent(world.signed_in("asha"), "/sign-out")


def language(world: World) -> Sent:
    return Sent(world.signed_in("asha"), "/account/language", {"language": "sw"})


def password(world: World) -> Sent:
    new = f"{MARK} wet goats sing"
    fields = {"password": PASSWORD, "new": new, "again": new}
    return Sent(world.signed_in("asha"), "/account/password", fields, page="/account/password")


def new_codes(world: World) -> Sent:
    return Sent(world.signed_in("asha"), "/account/codes/new", {"password": PASSWORD})


def _secret(world: World, browser: Browser) -> str:
    browser.post("/account/codes/new", {"password": PASSWORD})
    with reading(world.engine) as connection:
        known = logins.of_person(connection, browser.person_id)
        assert known is not None
        secret = codes.secret_that_waits(connection, world.console.sealer, known.id)
    assert secret is not None
    return secret


def codes_on(world: World) -> Sent:
    asha = world.signed_in("asha")
    code = pyotp.TOTP(_secret(world, asha)).at(int(now()))
    return Sent(asha, "/account/codes/on", {"code": code}, page="/account/codes")


def codes_off(world: World) -> Sent:
    asha = world.signed_in("asha")
    code = pyotp.TOTP(_secret(world, asha)).at(int(now()))
    assert asha.post("/account/codes/on", {"code": code}, form="/account/codes").status_code == 200  # type: ignore[attr-defined]
    return Sent(asha, "/account/codes/off", {"password": PASSWORD}, page="/account/codes")


def end_session(world: World) -> Sent:
    asha = world.signed_in("asha")
    with transaction(world.engine) as connection:
        known = logins.of_person(connection, asha.person_id)
        assert known is not None
        sessions.start(connection, known.id)
        other = max(one.id for one in sessions.of_login(connection, known.id))
    return Sent(asha, "/account/sessions/end", {"session": str(other)})


# The clinic's desk


def _held(world: World) -> tuple[Browser, str]:
    """A clinician who has taken a case, and its address."""
    a_place(world)
    case = a_case(world)
    doctor = world.signed_in("dr", "clinician")
    at = f"/cases/{case.code}"
    assert doctor.post(f"{at}/claim", {}).status_code == 303  # type: ignore[attr-defined]
    return doctor, at


def claim(world: World) -> Sent:
    case = a_case(world)
    return Sent(world.signed_in("dr", "clinician"), f"/cases/{case.code}/claim")


def take_over(world: World) -> Sent:
    _, at = _held(world)
    return Sent(world.signed_in("head", "supervisor"), f"{at}/take-over", {"yes": "1"})


def of_case(deed: str, /, **fields: str | Sequence[str]) -> Callable[[World], Sent]:
    def ready(world: World) -> Sent:
        doctor, at = _held(world)
        return Sent(doctor, f"{at}/{deed}", fields)

    return ready


def second_back(world: World) -> Sent:
    doctor, at = _held(world)
    assert doctor.post(f"{at}/second", {}).status_code == 303  # type: ignore[attr-defined]
    return Sent(doctor, f"{at}/second-back")


def close_own(world: World) -> Sent:
    worker, chat = a_worker(world, "kito")
    with transaction(world.engine) as connection:
        case = cases_store.open_case(connection, chat, told("sw"))
    return Sent(worker, f"/own-cases/{case.code}/close", {"outcome": "better", "yes": "1"})


def _round(world: World) -> Browser:
    """A clinician whom one answer waits for."""
    a_case(world, photos=1)
    boss = world.signed_in("boss", "supervisor")
    assert boss.post("/agreement/review/start", {"size": "10"}).status_code == 303  # type: ignore[attr-defined]
    return world.signed_in("rater", "clinician")


def next_answer(world: World) -> Sent:
    return Sent(_round(world), "/review/next")


def score(world: World) -> Sent:
    rater = _round(world)
    at = rater.post("/review/next", {}).headers["location"].removeprefix("/console")  # type: ignore[attr-defined]
    return Sent(rater, f"{at}/score", dict.fromkeys(QUESTIONS, "4"))


def start_round(world: World) -> Sent:
    a_case(world, photos=1)
    return Sent(world.signed_in("boss", "supervisor"), "/agreement/review/start", {"size": "10"})


def teaching_back(world: World) -> Sent:
    case = a_case(world)
    with transaction(world.engine) as connection:
        teaching.agree(connection, "sw 1", case.state.case_version, chat_id=case.chat_id)
    return Sent(world.signed_in("dr", "clinician"), f"/cases/{case.code}/teaching-back", {"yes": "1"})


# Language packs


def _draft(world: World, state: str = "draft") -> tuple[Browser, Version]:
    """A draft of the live Swahili pack, edited by another; in a later state where one is named."""
    asha = world.signed_in("asha")
    writer = world.person("wanjiru")
    with transaction(world.engine) as connection:
        live = stage.live_version(connection, "sw")
        assert live is not None
        version_id = store.copy(connection, live.id, live.template, writer)
        entry = locales.library().entry(NAME)
        held = written.of_version(connection, version_id)[NAME]
        written.save(connection, version_id, entry, ("Andika namba.",), held.revision, writer)
        if state != "draft":
            of_it = PackSentence.version_id == version_id
            connection.execute(update(PackSentence).where(of_it).values(reviewed_by=writer))
            connection.execute(update(PackVersion).where(PackVersion.id == version_id).values(state=state))
    with reading(world.engine) as connection:
        made = store.get(connection, version_id)
    assert made is not None
    return asha, made


def of_draft(deed: str, state: str = "draft", /, **fields: str | Sequence[str]) -> Callable[[World], Sent]:
    def ready(world: World) -> Sent:
        asha, version = _draft(world, state)
        return Sent(asha, f"/packs/sw/{version.number}/{deed}", fields)

    return ready


def of_approved(deed: str, /, **fields: str) -> Callable[[World], Sent]:
    def ready(world: World) -> Sent:
        asha, version = _draft(world)
        with transaction(world.engine) as connection:
            assert asha.person_id is not None
            written.approve(connection, version.id, locales.library().template, {NAME: 2}, asha.person_id)
        return Sent(asha, f"/packs/sw/{version.number}/{deed}", fields)

    return ready


def roll_back(world: World) -> Sent:
    asha, version = _draft(world, "reviewed")
    with transaction(world.engine) as connection:
        stage.begin(connection)
        stage.put_live(connection, version, asha.person_id)
    return Sent(asha, "/packs/sw/back")


def file(world: World) -> Sent:
    asha, version = _draft(world)
    text = asha.get(f"/packs/sw/{version.number}/ngozi.po").text  # type: ignore[attr-defined]
    assert "Andika namba." in text
    data = text.replace("Andika namba.", f"Andika {MARK}.").encode()
    path = f"/packs/sw/{version.number}/file"
    return Sent(asha, path, files={"file": (f"{MARK}.po", data, "text/plain")})


def listen(world: World) -> Sent:
    asha, version = _draft(world)

    def say(*_: object) -> None:
        with transaction(world.engine) as connection:
            order = sounds.take(connection)
            assert order is not None
            sounds.finish(connection, order.id, b"OggS")

    world.console.wake = say
    fields = {"case": "talk", "channel": "whatsapp", "at": "1.0"}
    return Sent(asha, f"/packs/sw/{version.number}/preview/listen", fields)


# The administrator's table


def of_somebody(deed: str, /, **fields: str) -> Callable[[World], Sent]:
    def ready(world: World) -> Sent:
        somebody = world.signed_in("juma", "clinician").person_id
        return Sent(world.signed_in("asha"), f"/people/{somebody}/{deed}", fields)

    return ready


def removed(world: World) -> Sent:
    asha, juma = world.signed_in("asha"), world.person("juma", "clinician")
    with transaction(world.engine) as connection:
        people.remove(connection, juma, asha.person_id)
    return Sent(asha, f"/people/{juma}/restore", {"role": "clinician"})


def _left_behind(world: World) -> tuple[Browser, int, int]:
    """An administrator, a health worker who was removed while a patient's case was open, and one who works."""
    asha = world.signed_in("asha")
    gone, chat = a_worker(world, "kito")
    stays, _ = a_worker(world, "neema")
    with transaction(world.engine) as connection:
        code = "K7-4242"
        case = replace(told("sw"), case_version=case_codes.first_version(code))
        opened = cases_store.open_case(connection, chat, case)
        connection.execute(update(CaseRow).where(CaseRow.id == opened.id).values(code=code))
        people.remove(connection, gone.person_id, asha.person_id)
    return asha, gone.person_id, stays.person_id


def give(world: World) -> Sent:
    asha, gone, stays = _left_behind(world)
    with transaction(world.engine) as connection:
        staff.leave_to_clinic(connection, gone, asha.person_id)
    return Sent(asha, "/people/give", {"to": str(stays), "yes": "1"})


def hand_over(world: World) -> Sent:
    asha, gone, stays = _left_behind(world)
    return Sent(asha, f"/people/{gone}/hand-over", {"to": str(stays), "yes": "1"})


def places_file(world: World) -> Sent:
    a_place(world)
    asha = world.signed_in("asha")
    data = asha.get("/places.csv").text.replace(PLACE.name, MARK).encode()  # type: ignore[attr-defined]
    assert MARK.encode() in data
    return Sent(asha, "/places/import", files={"file": ("places.csv", data, "text/csv")})


def new_place(world: World) -> Sent:
    fields = {
        "new": "1",
        "id": "place-9",
        "name": MARK,
        "kind": "clinic",
        "country": "KE",
        "region": MARK,
        "directions": MARK,
        "hours": MARK,
        "active": "yes",
    }
    return Sent(world.signed_in("asha"), "/places/save", fields)


def shut_place(world: World) -> Sent:
    a_place(world)
    return Sent(world.signed_in("asha"), f"/places/at/{PLACE.id}/open", {"open": "no"})


def test_message(world: World) -> Sent:
    asha = world.signed_in("asha")
    with transaction(world.engine) as connection:
        chat = a_chat(connection, MARK, "webchat")
        connection.execute(
            update(Chat).where(Chat.id == chat).values(account=WEBCHAT.name, person_id=asha.person_id)
        )
    return Sent(asha, f"/operations/channel/webchat/{WEBCHAT.name}/test")


def letter(name: str) -> Callable[[World], Sent]:
    def ready(world: World) -> Sent:
        with transaction(world.engine) as connection:
            row = connection.execute(
                insert(InboundRow)
                .values(
                    chat_id=a_chat(connection, MARK),
                    channel="telegram",
                    account="main",
                    external_id="u1",
                    payload=MARK,
                    position=0,
                    received_at=db_now(),
                    state="parked",
                    error="gave_up",
                )
                .returning(InboundRow.id)
            ).scalar_one()
        return Sent(
            world.signed_in("asha"), f"/letters/{name}", {"kind": "message", "id": str(row), "yes": "1"}
        )

    return ready


def erase(world: World) -> Sent:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, MARK)
        began = connection.execute(select(Chat.created_at).where(Chat.id == chat)).scalar_one()
    fields = {"kind": "chat", "id": str(chat), "mark": orders.mark("", began), "yes": "1"}
    return Sent(world.signed_in("asha"), "/erase", fields)


def find(world: World) -> Sent:
    with transaction(world.engine) as connection:
        a_chat(connection, MARK)
    return Sent(world.signed_in("asha"), "/erase/find", {"what": f"telegram:main:{MARK}"})


def withdrawn(world: World) -> Sent:
    with transaction(world.engine) as connection:
        code = invitations.invite(connection, KEYS, "clinician")
        number = invitations.number_of(connection, KEYS, code)
    return Sent(world.signed_in("asha"), f"/people/invitations/{number}/withdraw")


def of_admin(path: str, /, **fields: str) -> Callable[[World], Sent]:
    return lambda world: Sent(world.signed_in("asha"), path, fields)


def fewer_days(world: World) -> Sent:
    with transaction(world.engine) as connection:
        old = {"created_at": db_now() - 9 * 86_400.0, "expires_at": db_now() + 9 * 86_400.0}
        kept = {"wrapped_key": b"k", "master_key_id": 1, "size_bytes": 1, "width_px": 1, "height_px": 1}
        row = {"id": "old", "name": "old", "chat_id": a_chat(connection, MARK), **kept, **old}
        connection.execute(insert(Photo).values(row))
    return Sent(world.signed_in("asha"), "/texts/photo-days", {"days": "7", "yes": "1"})


VERSION = "/packs/{language}/{number:number}"
_ANSWER = {"say": ["worker"], "own": MARK, "floor": "", "urgency": "week", "condition": "NEV"}
FORMS: Mapping[str, Form] = {
    "/sign-in": Form([("signed_in", "event")], sign_in),
    "/sign-out": Form([("signed_out", "event")], sign_out),
    "/account/language": Form([("console_language", "changes")], language),
    "/account/awake": Form([], of_admin("/account/awake"), 204),
    "/account/password": Form([("password_changed", "changes")], password),
    "/account/codes/new": Form([("codes_new", "changes")], new_codes, 200),
    "/account/codes/on": Form([("codes_on", "changes")], codes_on, 200),
    "/account/codes/off": Form([("codes_off", "changes")], codes_off),
    "/account/chat": Form([("invitation_made", "makes")], of_admin("/account/chat"), 200),
    "/account/sessions/end": Form([("sessions_ended", "changes")], end_session),
    "/cases/{code}/claim": Form([("case_claimed", "changes")], claim),
    "/cases/{code}/take-over": Form([("case_claimed", "changes")], take_over),
    "/cases/{code}/release": Form([("case_released", "changes")], of_case("release")),
    "/cases/{code}/pass-on": Form([("case_passed_on", "changes")], of_case("pass-on", words=MARK)),
    "/cases/{code}/second": Form([("case_second_opinion", "changes")], of_case("second", words=MARK)),
    "/cases/{code}/second-back": Form([("case_second_back", "changes")], second_back),
    "/cases/{code}/opinion": Form(
        [("case_opinion", "changes")], of_case("opinion", condition="NEV", urgency="week")
    ),
    "/cases/{code}/answer": Form([("case_answered", "changes")], of_case("answer", **_ANSWER)),
    "/cases/{code}/close": Form([("case_closed", "changes")], of_case("close", outcome="seen", yes="1")),
    "/cases/{code}/teaching-back": Form([("teaching_withdrawn", "changes")], teaching_back),
    "/own-cases/{code}/close": Form([("case_closed", "changes")], close_own),
    "/review/next": Form([("review_seen", "event")], next_answer),
    "/review/{item:number}/score": Form([("review_scored", "changes")], score),
    "/agreement/review/start": Form([("review_started", "makes")], start_round),
    "/packs/start": Form([("pack_created", "makes")], of_admin("/packs/start", code="so")),
    "/packs/{language}/back": Form([("pack_retired", "changes"), ("pack_rolled_back", "changes")], roll_back),
    f"{VERSION}/file": Form([("pack_imported", "changes")], file),
    f"{VERSION}/about": Form(
        [("pack_described", "changes")], of_draft("about", name="Kiswahili", translators=MARK, reviewers=MARK)
    ),
    f"{VERSION}/copy": Form([("pack_created", "makes")], of_draft("copy")),
    f"{VERSION}/check": Form([("pack_checked", "changes")], of_draft("check")),
    f"{VERSION}/approve": Form([("pack_read", "changes")], of_draft("approve", name=f"{NAME}:2", yes="1")),
    f"{VERSION}/withdraw": Form([("pack_unread", "changes")], of_approved("withdraw", yes="1")),
    f"{VERSION}/sentence/{{name}}/withdraw": Form(
        [("pack_unread", "changes")], of_approved(f"sentence/{NAME}/withdraw")
    ),
    f"{VERSION}/review": Form([("pack_reviewed", "changes")], of_draft("review", "checked")),
    f"{VERSION}/activate": Form(
        [("pack_retired", "changes"), ("pack_live", "changes")], of_draft("activate", "reviewed", yes="1")
    ),
    f"{VERSION}/retire": Form([("pack_retired", "changes")], of_draft("retire", yes="1")),
    f"{VERSION}/sentence/{{name}}": Form(
        [("pack_sentence", "changes")],
        of_draft(f"sentence/{NAME}", form0=f"Andika {MARK}.", revision="2"),
    ),
    f"{VERSION}/sentence/{{name}}/approve": Form(
        [("pack_read", "changes")], of_draft(f"sentence/{NAME}/approve", revision="2")
    ),
    f"{VERSION}/preview/listen": Form([("pack_sound_ordered", "makes")], listen),
    "/people/invite": Form(
        [("invitation_made", "makes")], of_admin("/people/invite", role="chw", days="7"), 200
    ),
    "/people/invitations/{number:number}/withdraw": Form([("invitation_withdrawn", "changes")], withdrawn),
    "/people/login": Form(
        [("login_made", "makes")], of_admin("/people/login", name=MARK, role="clinician"), 200
    ),
    "/people/{person}/role": Form(
        [("role_changed", "changes")], of_somebody("role", role="supervisor", yes="1")
    ),
    "/people/{person}/remove": Form([("person_removed", "changes")], of_somebody("remove", yes="1")),
    "/people/{person}/restore": Form(
        [("person_restored", "changes"), ("password_changed", "changes")], removed, 200
    ),
    "/people/{person}/password": Form(
        [("password_changed", "changes")], of_somebody("password", yes="1"), 200
    ),
    "/people/{person}/end-sessions": Form(
        [("sessions_ended", "changes")], of_somebody("end-sessions", yes="1")
    ),
    "/people/give": Form([("case_handed_over", "changes")], give),
    "/people/{person}/hand-over": Form([("case_handed_over", "changes")], hand_over),
    "/places/import": Form([("places_imported", "changes")], places_file, 200),
    "/places/save": Form([("place_added", "makes")], new_place),
    "/places/at/{place}/open": Form([("place_changed", "changes")], shut_place),
    "/training/order": Form([("training_set_ordered", "makes")], of_admin("/training/order")),
    "/operations/channel/{channel}/{account}/test": Form([("test_message", "makes")], test_message),
    "/operations/channel/{channel}/{account}/ask": Form(
        [], of_admin(f"/operations/channel/webchat/{WEBCHAT.name}/ask"), 400
    ),
    "/texts/photo-days": Form([("photo_days_set", "changes")], fewer_days),
    "/operations/backup": Form([("backup_ordered", "makes")], of_admin("/operations/backup")),
    "/letters/replay": Form([("letter_replayed", "changes")], letter("replay")),
    "/letters/drop": Form([("letter_dropped", "changes")], letter("drop")),
    "/erase/find": Form([], find, 200),
    "/erase": Form([("erase_chat_ordered", "makes")], erase),
}

# Where somebody may write as they like: MARK is in these, and in no other.
FREE = frozenset(
    {
        "/sign-in",
        "/account/password",
        "/cases/{code}/pass-on",
        "/cases/{code}/second",
        "/cases/{code}/answer",
        f"{VERSION}/file",
        f"{VERSION}/about",
        f"{VERSION}/sentence/{{name}}",
        "/people/login",
        "/places/import",
        "/places/save",
        "/erase/find",
    }
)
