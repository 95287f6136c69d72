"""A health worker with three patients mixed up in forwards, and a clinician whose answer comes back, in three languages.

Webhook in, platform request out; databases and clients are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import select

import locales
from bot import join_codes
from bot.cases import notes
from bot.tables import CaseRow, FindingsJob, Photo, ReplyRow
from locales import Text
from locales.placeholders import without_isolates
from tests.journeys.course import begin, word
from tests.journeys.person import Person, drawn_photo, meet
from tests.journeys.town import Town, until
from tests.journeys.worker_person import answer_all, cases_of, forward, join, pick, row

pytestmark = pytest.mark.timeout(300)

CHANNELS = ("telegram", "whatsapp")
LANGUAGES = ("en", "sw", "ar")
WORDS = {"en": "better", "sw": "nafuu", "ar": "أفضل"}
NEW = {"en": "new", "sw": "mpya", "ar": "جديد"}
LINK = {"en": "link", "sw": "unganisha", "ar": "ربط"}
# What the patient reads, by what their health worker reads.
OTHER = {"en": "sw", "sw": "ar", "ar": "sw"}
ANSWER = {
    "en": "Please bring her on Monday",
    "sw": "Tafadhali mlete Jumatatu",
    "ar": "أحضرها يوم الاثنين من فضلك",
}


def said(name: str, language: str, **values: object) -> str:
    return without_isolates(locales.render(Text(name, values), language)).replace("\u200f", "")


def place(town: Town, person: Person, truth: dict[int, str], patient: int) -> None:
    """Where it was asked whose the last forward is, the worker says it."""
    last = row(town, person)
    if last.key != "held":
        return
    gather = next(c["code"] for c in last.texts["choices"]).partition(".")[0]
    if patient in truth:
        person.say(truth[patient])  # a code answers too
    else:
        pick(town, person, f"{gather}.new")


def mixed(town: Town, channel: str, language: str) -> tuple[Person, dict[int, str]]:
    """Three patients, their messages in between each other's. Returns the worker and whose case is whose."""
    worker = meet(town, channel, {"telegram": "en"}.get(channel, ""))
    join(town, worker, "chw", language)
    truth: dict[int, str] = {}
    steps = [(1, "photo"), (2, "photo"), (1, "words"), (3, "photo"), (2, "words"), (3, "words"), (1, "photo")]
    for number, (patient, what) in enumerate(steps):
        before = {c.code for c in cases_of(town, worker)}
        photo = drawn_photo(worker.number * 100 + number) if what == "photo" else None
        forward(worker, patient, "" if photo else f"words of patient {patient}", photo)
        place(town, worker, truth, patient)
        for code in {c.code for c in cases_of(town, worker)} - before:
            assert patient not in truth
            truth[patient] = code
    assert len(truth) == 3
    return worker, truth


def check_cases(town: Town, worker: Person, truth: dict[int, str]) -> None:
    """Each case holds its own patient's words and as many photographs as were sent."""
    with town.reading() as connection:
        for patient, code in truth.items():
            case_id = connection.execute(select(CaseRow.id).where(CaseRow.code == code)).scalar_one()
            kept = notes.of_case(connection, town.parts.sealer, case_id)
            assert {n.text for n in kept if n.kind == "patient"} == {f"words of patient {patient}"}
            photos = connection.execute(select(Photo.id).where(Photo.case_id == case_id)).all()
            assert len(photos) == (2 if patient == 1 else 1)
            mine = (FindingsJob.case_id == case_id, FindingsJob.kind != "plan")
            jobs = connection.execute(select(FindingsJob).where(*mine)).all()
            assert len(jobs) == 1


def journey(town: Town, channel: str, language: str) -> tuple[Person, dict[int, str]]:
    worker, truth = mixed(town, channel, language)
    for code in truth.values():
        worker.say(code)
        answer_all(town, worker, code)
    until(
        lambda: {c.code for c in cases_of(town, worker) if c.told_at is not None} == set(truth.values()),
        "three answers",
    )
    worker.heard()
    check_cases(town, worker, truth)
    answers = [r for r in town.replies(channel, worker.address) if "desk.examine" in str(r.texts)]
    assert len(answers) >= 3
    worker.say(f"{truth[2]} {WORDS[language]}")
    assert row(town, worker).key == "better"
    assert said("desk.went.better", language) in worker.everything()[-1].plain
    worker.say(f"close {truth[2]}")
    pick(town, worker, f"{truth[2]}~close.better")
    assert {c.code for c in cases_of(town, worker) if c.closed_at is None} == {truth[1], truth[3]}
    return worker, truth


def patient_links(town: Town, channel: str, worker: Person, code: str, words: str) -> Person:
    """The worker asks for a code and reads it out; the patient, who reads another language, types it in their own chat."""
    patient = meet(town, channel, {"telegram": "en"}.get(channel, ""))
    begin(patient, OTHER[worker.language])
    worker.say(f"{code} {words}")
    told = worker.everything()[-1].plain
    assert said("desk.link.read", worker.language) in told
    typed = next(line for line in told.splitlines() if join_codes.looks_like_code(line))
    patient.say(typed.lower())
    assert said("join.patient", patient.language) in patient.everything()[-1].plain
    assert row(town, patient).key == "consent", "the question that stood open stands open"
    until(lambda: row(town, worker).key == "linked", "the worker hears of it")
    return patient


def clinician(town: Town, channel: str, language: str, worker: Person, truth: dict[int, str]) -> Person:
    """One case goes before a clinician; the answer comes to the worker and, in plain words, to the patient's own chat."""
    doctor = meet(town, channel, {"telegram": "en"}.get(channel, ""))
    join(town, doctor, "clinician", language)
    code = truth[1]
    worker.say(f"escalate {code}")
    assert row(town, worker).key == "escalated"
    patient = patient_links(town, channel, worker, code, LINK[language])
    doctor.say(f"take {code}")
    assert row(town, doctor).key == "taken"
    if channel == "telegram":
        pictures = [
            r for r in town.telegram.api.log if r["event"] == "sendPhoto" and r["chat"] == doctor.address
        ]
        assert len(pictures) == 2, "patient 1 sent two"
        assert all(without_isolates(r["caption"]).startswith(f"{code}:") and r["protected"] for r in pictures)
    else:
        fetched = [m for m in town.twilio.messages.values() if m.to.endswith(doctor.address) and m.media]
        assert len(fetched) == 2, "Twilio fetched both at their addresses"
        assert all(without_isolates(m.body).startswith(f"{code}:") for m in fetched)
    assert "words of patient 1" in doctor.everything()[-1].plain + doctor.everything()[-2].plain
    doctor.say(ANSWER[language])
    pick(town, doctor, f"{code}~send.today")
    until(lambda: row(town, worker).key == "opinion", "the answer at the worker")
    until(lambda: row(town, patient).key == "opinion", "the answer at the patient")
    worker.heard()
    patient.heard()
    heard = worker.everything()[-1].plain
    assert heard.startswith(f"{code}:")
    assert ANSWER[language] in heard
    assert said("desk.soon.clinician", language, soon=Text("desk.soon.today")) in heard
    plain = patient.everything()[-1].plain
    assert ANSWER[language] in plain
    assert said("clinic.patient.today", patient.language) in plain
    assert row(town, patient).language == patient.language
    return patient


def patient_erases(town: Town, channel: str, worker: Person, patient: Person, truth: dict[int, str]) -> None:
    """What is told of the patient goes with their chat; the worker hears so and keeps the other patients' cases."""
    patient.say(word("delete", patient.language))
    patient.choose("delete.yes")
    until(lambda: "desk.link.erased" in str(row(town, worker).texts), "the worker hears of it")
    left = {c.code for c in cases_of(town, worker)}
    assert left == {truth[2], truth[3]}
    with town.reading() as connection:
        chat = town.chat_id(channel, patient.address)
        said_to = connection.execute(select(ReplyRow.texts).where(ReplyRow.chat_id == chat)).scalars()
        assert not any("clinic.patient" in str(texts) for texts in said_to)


Talks = dict[tuple[str, str], "Future[None]"]


def whole(town: Town, channel: str, language: str) -> None:
    worker, truth = journey(town, channel, language)
    patient = clinician(town, channel, language, worker, truth)
    patient_erases(town, channel, worker, patient, truth)


@pytest.fixture(scope="module")
def talks(town: Town) -> Iterator[Talks]:
    """Three of the six talk at once."""
    with ThreadPoolExecutor(3) as pool:
        yield {(c, lang): pool.submit(whole, town, c, lang) for c in CHANNELS for lang in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_worker_with_three_mixed_patients_and_a_clinicians_answer(
    talks: Talks, channel: str, language: str
) -> None:
    talks[(channel, language)].result()
