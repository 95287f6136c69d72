"""The clinic's desk in its pages: the list, one case, what is sent from there, and what of it is never said or kept."""

from __future__ import annotations

import html
import re
import time
from dataclasses import replace
from datetime import UTC
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

import locales
from bot.cases import casefile, notes, opinions, spoken, store, teaching
from bot.cases.raters import QUESTIONS
from bot.cases.spoken import Line
from bot.clinical import conditions
from bot.clinical.clinic_says import says
from bot.clock import db_now
from bot.database import reading, transaction
from bot.messages import Text, Urgency
from bot.place import Place
from bot.places import put
from bot.queue import SWEEP, TURN
from bot.tables import Audit, CaseRow, Chat, Login, Photo, ReviewRound, TeachingConsent
from bot.web.console import case_page
from locales.placeholders import without_isolates
from tests.console.desk_world import PLACE, a_case, a_place, a_voice
from tests.console.world import Browser, World, a_member


def do(browser: Browser, case: store.Case, deed: str, **fields: str) -> object:
    return browser.post(f"/cases/{case.code}/{deed}", fields)


def trail(world: World, what: str) -> list[Audit]:
    with reading(world.engine) as connection:
        return list(connection.execute(select(Audit).where(Audit.what == what)).all())  # type: ignore[arg-type]


def row(world: World, case: store.Case) -> CaseRow:
    with reading(world.engine) as connection:
        return connection.execute(select(CaseRow).where(CaseRow.id == case.id)).one()  # type: ignore[return-value]


def test_the_list_leads_to_the_case_and_claiming_takes_it_off_the_others(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    page = one.get("/cases?state=waiting").text
    assert f"/console/cases/{case.code}" in page
    assert do(one, case, "claim").status_code == 303
    assert case.code not in two.get("/cases?state=waiting").text
    assert case.code in one.get("/cases?state=mine").text
    assert "clinician one is answering" in two.get("/cases").text
    refused = do(two, case, "claim")
    assert refused.status_code == 409
    assert "Somebody else has taken" in refused.text
    assert do(one, case, "release").status_code == 303
    assert do(two, case, "claim").status_code == 303
    assert [(a.by_person, a.what) for a in trail(world, "case_claimed")] == [
        (one.person_id, "case_claimed"),
        (two.person_id, "case_claimed"),
    ]


def test_an_answered_case_that_is_looked_at_again_stays_among_the_answered(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    do(one, case, "claim")
    do(one, case, "answer", floor="", own="Keep it dry.")
    page = two.get(f"/cases/{case.code}").text
    assert 'claim"><input' in page, "it can be taken up"
    assert "data-claim" not in page, "and not by a brushed key"
    assert do(two, case, "claim").status_code == 303
    assert case.code in two.get("/cases?state=mine").text
    assert "clinician two is answering" in one.get(f"/cases/{case.code}").text
    assert case.code in one.get("/cases?state=answered").text
    assert do(two, case, "release").status_code == 303
    assert case.code in one.get("/cases?state=answered").text
    assert case.code not in one.get("/cases?state=waiting").text


def test_the_page_shows_all_that_is_known_and_escapes_what_was_written(world: World) -> None:
    case = a_case(world, language="ar")
    page = world.signed_in("one", "clinician").get(f"/cases/{case.code}").text
    for said in (
        "compact-1", "A photograph shows neither heat", "The model knows 6 conditions", locales.render(conditions.entry("MEL").name, "en"), "this week",
        locales.render(Text("age.adult"), "en"), "Asked, and not there (", "It &lt;b&gt;itches&lt;/b&gt; at night", "العربية",
    ):  # fmt: skip
        assert said in page, said
    assert "<b>itches" not in page
    assert page.count('class="unveil"') == 3, "two photographs and the pair"


def test_how_long_it_has_been_there_stands_with_the_facts_and_in_the_letter(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    assert "How long" not in browser.get(f"/cases/{case.code}").text
    answers = {**case.state.answers, "duration": "months"}
    with transaction(world.engine) as connection:
        case = store.save(connection, replace(case, state=replace(case.state, answers=answers)))
    assert "How long: 4 weeks to a year." in browser.get(f"/cases/{case.code}").text
    letter = [locales.render(one, "en") for one in casefile.letter(case, None, 0, time.time(), "en", UTC)]
    assert "How long it has been there: 4 weeks to a year." in map(without_isolates, letter)


def test_a_case_is_seen_once_a_day_in_the_trail_and_by_staff_alone(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    (photo, _) = re.findall(
        r'src="/console(/cases/[^"]*/media/[0-9a-f]{32})" alt="Photo', browser.get(f"/cases/{case.code}").text
    )
    got = browser.get(photo)
    assert (got.status_code, got.headers["content-type"], got.headers["cache-control"]) == (
        200,
        "image/jpeg",
        "no-store",
    )
    assert got.content.startswith(b"\xff\xd8")
    browser.get(f"/cases/{case.code}")
    (seen,) = trail(world, "case_seen")
    assert (seen.subject, seen.by_person, seen.details, seen.before, seen.after) == (
        str(case.id),
        browser.person_id,
        {},
        None,
        None,
    )
    for role in ("admin", "chw"):
        assert world.signed_in(role, role).get(photo).status_code == 403
    assert world.browser().get(photo).status_code == 303


def test_a_voice_message_is_played_as_what_it_is_whichever_phone_recorded_it(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    ogg, aac = b"OggS" + bytes(24) + b"OpusHead made up", b"\0\0\0\x18ftypM4A made up"
    ids = [a_voice(world, case.chat_id, data) for data in (ogg, aac)]
    with transaction(world.engine) as connection:
        store.save(connection, replace(case, state=replace(case.state, recordings=tuple(ids))))
    page = browser.get(f"/cases/{case.code}").text
    assert page.count("<audio") == 2
    for id_, data, mime in zip(ids, (ogg, aac), ("audio/ogg", "audio/mp4"), strict=True):
        assert id_ in page
        got = browser.get(f"/cases/{case.code}/media/{id_}")
        assert (got.status_code, got.headers["content-type"], got.content) == (200, mime, data)


def test_a_photograph_alone_is_noted_too_and_one_of_another_case_is_not_there(world: World) -> None:
    case, other = a_case(world), a_case(world, address="p2")
    browser = world.signed_in("one", "clinician")
    assert browser.get(f"/cases/{case.code}/media/{case.state.photos[0]}").status_code == 200
    assert [seen.subject for seen in trail(world, "case_seen")] == [str(case.id)]
    for path in (
        f"/cases/{case.code}/media/{other.state.photos[0]}", f"/cases/{case.code}/media/{'0' * 32}",
        f"/cases/{case.code}/media/x", "/cases/Z9-99", "/cases/amina", "/cases/Z9-99/letter.pdf",
    ):  # fmt: skip
        assert browser.get(path).status_code == 404, path
    with transaction(world.engine) as connection:
        connection.execute(update(Photo).values(wrapped_key=None))
    assert browser.get(f"/cases/{case.code}/media/{case.state.photos[0]}").status_code == 404


@pytest.mark.parametrize("closed", [False, True])
def test_a_clinician_takes_a_consent_back_by_the_patients_word_also_of_a_closed_case(
    world: World, closed: bool
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    page = f"/cases/{case.code}"
    assert "teaching-back" not in browser.get(page).text, "there is nothing to take back"
    assert do(browser, case, "teaching-back", yes="1").status_code == 409
    with transaction(world.engine) as connection:
        teaching.agree(connection, "sw 1", case.state.case_version, chat_id=case.chat_id)
        if closed:
            store.close(connection, case, "seen")
    woken: list[str] = []
    world.console.wake = lambda task, row_id, after_s=0.0: woken.append(task)
    assert "teaching-back" in browser.get(page).text
    done = do(browser, case, "teaching-back", yes="1")
    assert done.status_code == 303
    assert "nothing of this patient is used" in browser.get(page + "?said=teaching_back").text
    assert woken == [SWEEP], "which deletes the sets that hold it"
    with reading(world.engine) as connection:
        assert teaching.standing(connection, [case]) == frozenset()
        consent = connection.execute(select(TeachingConsent.id)).scalar_one()
    (noted,) = trail(world, "teaching_withdrawn")
    assert (noted.subject, noted.by_person) == (str(consent), browser.person_id)
    assert (noted.before, noted.after) == ({"stands": True}, {"stands": False})
    assert "teaching-back" not in browser.get(page).text


def test_the_letter_is_dated_by_the_peoples_calendar(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    quiet = replace(world.console.settings.quiet, zone=ZoneInfo("Africa/Nairobi"))
    monkeypatch.setattr(world.console, "settings", replace(world.console.settings, quiet=quiet))
    late = 20 * 86_400.0 + 22.5 * 3600
    monkeypatch.setattr(case_page, "now", lambda: late)
    printed: list[str] = []

    def pdf(texts: list[str], language: str, direction: str) -> bytes:
        printed.extend(texts)
        return b"%PDF-"

    monkeypatch.setattr(case_page, "letter_pdf", pdf)
    assert browser.get(f"/cases/{case.code}/letter.pdf?language=en").status_code == 200
    assert "22 January 1970" in printed[0]


def test_the_list_says_how_soon_with_a_clinicians_word_weighed_in(world: World) -> None:
    case = a_case(world)
    with transaction(world.engine) as connection:
        connection.execute(
            update(CaseRow).where(CaseRow.id == case.id).values(opinion="now", opinion_over="week")
        )
    browser = world.signed_in("one", "clinician")
    assert '<span class="tag now">' in browser.get("/cases?urgency=now").text
    assert case.code not in browser.get("/cases?urgency=week").text


def test_a_place_that_is_in_the_list_no_more_is_said_and_not_its_id(world: World) -> None:
    case = a_case(world)
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(place_id="gone-1"))
    browser = world.signed_in("one", "clinician")
    listed, page = browser.get("/cases").text, browser.get(f"/cases/{case.code}").text
    assert '<bdi class="free">a place that was deleted</bdi>' in listed
    assert '<option value="gone-1">a place that was deleted</option>' in listed
    assert "<bdi>a place that was deleted</bdi>" in page
    assert "gone-1" not in page


def test_a_letter_for_no_place_is_addressed_to_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_place(world)
    case = a_case(world)
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(place_id=PLACE.id))
    printed: list[list[str]] = []
    monkeypatch.setattr(case_page, "letter_pdf", lambda texts, *_: printed.append(texts) or b"%PDF-")
    browser = world.signed_in("one", "clinician")
    for place in ("&place=", f"&place={PLACE.id}", ""):
        assert browser.get(f"/cases/{case.code}/letter.pdf?language=en{place}").status_code == 200
    assert [PLACE.name in "".join(texts) for texts in printed] == [False, True, True]


def test_an_answer_wakes_the_chat_after_it_is_written(world: World) -> None:
    a_place(world)
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    woken: list[tuple[str, int]] = []

    def wake(task: str, row_id: int, after_s: float = 0.0) -> None:
        assert row(world, case).answered_at is not None, "committed before"
        woken.append((task, row_id))

    world.console.wake = wake
    do(browser, case, "claim")
    sent = browser.client.post(
        f"/console/cases/{case.code}/answer",
        data={"csrf": browser.token("/account"), "say": ["clean", "refer_to"], "place": PLACE.id, "own": "Amina, come on Monday",
              "urgency": "week", "condition": "NEV"},
    )  # fmt: skip
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/console/cases/{case.code}?said=case_answered",
    )
    assert woken == [(TURN, case.chat_id)]
    with reading(world.engine) as connection:
        (note,) = notes.of_case(connection, world.console.sealer, case.id, "clinician")
        assert "Amina" in note.text
        assert connection.execute(select(Chat.due_at).where(Chat.id == case.chat_id)).scalar_one() is not None
        (thought,) = opinions.of_case(connection, case.id)
        assert (thought.condition, thought.told, thought.told_urgency) == (
            "NEV",
            ("MEL", "NEV"),
            Urgency.WEEK,
        )
    (done,) = trail(world, "case_answered")
    assert done.after == {"answered": True, "note": note.id, "opinion": thought.id}
    assert done.details["own_words"] is True
    kept = str((done.before, done.after, done.details))
    assert not [said for said in ("Amina", PLACE.id, "clean", "NEV", "week") if said in kept], (
        "it outlives an erasure"
    )
    page = browser.get(f"/cases/{case.code}").text
    assert "kwa kitambaa safi" in page, "as the person reads it"
    assert "Amina, come on Monday" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose a sentence"),
        ({"say": "refer_to"}, "Choose the place"),
        ({"say": "ask", "question": "consent.ask"}, "Choose the question"),
        ({"say": "calm"}, "less than the danger signs"),
        ({"say": "clean", "urgency": "routine"}, "less than the danger signs"),
        ({"say": "clean", "condition": "NEV"}, "needs both"),
        ({"say": "gone"}, "not understood"),
        ({"own": "x" * 1501}, "too long"),
    ],
)
def test_what_cannot_be_sent_says_why_and_keeps_what_was_typed(
    world: World, fields: dict[str, str], said: str
) -> None:
    case = a_case(world, floor=Urgency.TODAY)
    browser = world.signed_in("one", "clinician")
    do(browser, case, "claim")
    got = do(browser, case, "answer", floor="today", **fields)
    assert got.status_code == 400
    assert said in got.text
    if fields.get("say") in ("clean", "calm"):
        assert f'value="{fields["say"]}" checked' in got.text
    assert row(world, case).answered_at is None
    assert trail(world, "case_answered") == []


def test_less_than_the_danger_signs_goes_with_own_words_and_is_marked_in_the_trail(world: World) -> None:
    case = a_case(world, floor=Urgency.TODAY)
    browser = world.signed_in("one", "clinician")
    do(browser, case, "claim")
    assert '<input type="hidden" name="floor" value="today">' in browser.get(f"/cases/{case.code}").text
    # Written on a page that was made before the sign of danger was told.
    stale = do(browser, case, "answer", floor="", own="An old scar", urgency="routine")
    assert stale.status_code == 409
    assert "An old scar" in stale.text
    assert row(world, case).answered_at is None
    assert do(browser, case, "answer", floor="today", own="An old scar", urgency="routine").status_code == 303
    (done,) = trail(world, "case_answered")
    assert done.details["lowers"] is True
    assert row(world, case).urgency == "today"


def test_whoever_has_not_claimed_the_case_answers_nothing(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    do(one, case, "claim")
    for deed, fields in (
        ("answer", {"say": "clean"}), ("release", {}), ("pass-on", {"words": "x"}), ("second", {}), ("close", {"outcome": "seen", "yes": "1"}),
    ):  # fmt: skip
        assert do(two, case, deed, **fields).status_code == 409, deed
    assert do(one, case, "pass-on", to="99999").status_code == 409
    assert do(one, case, "close", outcome="cured").status_code == 400
    assert row(world, case).claimed_by == one.person_id
    assert two.get(f"/cases/{case.code}").text.count("<form") < one.get(f"/cases/{case.code}").text.count(
        "<form"
    )


def test_a_note_for_the_next_clinician_is_shown_to_staff_and_told_to_nobody(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "supervisor")
    do(one, case, "claim")
    assert do(one, case, "opinion", condition="-", urgency="week").status_code == 303
    assert do(one, case, "opinion", condition="", urgency="week").status_code == 400
    assert do(one, case, "pass-on", to=str(two.person_id), words="look at the edge").status_code == 303
    page = two.get(f"/cases/{case.code}").text
    assert "Note of clinician <bdi>one</bdi>" in page
    assert "look at the edge" in page
    assert "I would name none" in page
    assert do(two, case, "second", words="and the colour").status_code == 303
    assert row(world, case).reason == "second"
    assert "second opinion" in one.get("/cases").text
    third = world.signed_in("three", "clinician")
    page = third.get(f"/cases/{case.code}").text
    assert "once you have set yours" in page
    assert "Clinician <bdi>one</bdi>:" not in page
    assert do(third, case, "opinion", condition="NEV", urgency="week").status_code == 303
    assert "Clinician <bdi>one</bdi>:" in third.get(f"/cases/{case.code}").text
    assert row(world, case).answered_at is None
    assert "look at the edge" not in str(
        [trail(world, "case_passed_on"), trail(world, "case_second_opinion")]
    )


def test_colleagues_are_called_by_name_where_a_case_is_handed_over(world: World) -> None:
    case = a_case(world)
    one = world.signed_in("wanjiru", "clinician")
    two = world.signed_in("achieng", "supervisor")
    nameless = a_member(world.engine, "clinician")
    do(one, case, "claim")
    page = one.get(f"/cases/{case.code}").text
    assert f'<option value="{two.person_id}">supervisor achieng</option>' in page
    assert f'<option value="{nameless}">clinician {nameless}</option>' in page
    assert "wanjiru is answering" in two.get(f"/cases/{case.code}").text
    assert "wanjiru is answering" in two.get("/cases").text
    do(one, case, "pass-on", to=str(two.person_id), words="please look")
    assert "<bdi>wanjiru</bdi>" in two.get(f"/cases/{case.code}").text


def test_a_closed_case_is_read_and_not_changed(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    assert do(browser, case, "close", outcome="seen", yes="1").status_code == 303
    assert case.code in browser.get("/cases?state=closed").text
    assert case.code not in browser.get("/cases").text
    page = browser.get(f"/cases/{case.code}").text
    assert "/claim" not in page
    assert do(browser, case, "claim").status_code == 409


@pytest.mark.parametrize("language", ["en", "ar", "hi", "bn", "am"])
def test_the_letter_is_one_page_of_pdf_and_names_nobody(world: World, language: str) -> None:
    a_place(world)
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    got = browser.get(f"/cases/{case.code}/letter.pdf?language={language}&place={PLACE.id}")
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert got.content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", got.content)) == 1
    assert got.headers["cache-control"] == "no-store"


def form_of(page: str, deed: str) -> str:
    """A form of the page of a case, as it is drawn."""
    return re.split("</form>|</details>", page.partition(f'id="{deed}"')[2])[0]


def test_an_opinion_that_is_refused_comes_back_with_what_was_chosen_and_leaves_the_answer_as_it_was(
    world: World,
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    do(browser, case, "claim")
    fresh = browser.get(f"/cases/{case.code}").text
    refused = do(browser, case, "opinion", condition="", urgency="today")
    assert refused.status_code == 400
    token = re.compile(r'name="csrf" value="[^"]*"')
    assert token.sub("", form_of(refused.text, "answer")) == token.sub("", form_of(fresh, "answer"))
    own = form_of(refused.text, "opinion")
    assert 'value="today" checked' in own
    assert "needs both" in own
    assert '<details class="card" id="opinion" open>' in refused.text
    chosen = form_of(do(browser, case, "opinion", condition="MEL", urgency="").text, "opinion")
    assert 'value="MEL" selected' in chosen


OWN = "Wash it twice a day.\nCome back on Friday."


def lapse(world: World, case: store.Case, other: int | None = None) -> None:
    """The claim is over by time, or another's."""
    values = {"claimed_until": 1.0} if other is None else {"claimed_by": other}
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(**values))


def test_an_answer_that_is_refused_after_the_claim_ran_out_stands_in_its_form_and_the_claim_goes_on(
    world: World,
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    do(browser, case, "claim")
    lapse(world, case)
    refused = do(browser, case, "answer", say="refer_to", own=OWN, floor="")
    assert refused.status_code == 400
    assert OWN in form_of(refused.text, "answer")
    assert 'value="refer_to" checked' in form_of(refused.text, "answer")
    assert do(browser, case, "answer", own=OWN.replace("\n", "\r\n"), floor="").status_code == 303
    with reading(world.engine) as connection:
        (note,) = notes.of_case(connection, world.console.sealer, case.id, "clinician")
    assert "\r" not in note.text


def soon_over(world: World, case: store.Case) -> None:
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(claimed_until=db_now() + 30))


def types_at(browser: Browser, case: store.Case | None) -> None:
    """What the browser says of somebody who types (console.js)."""
    fields = {} if case is None else {"case": case.code}
    assert browser.post("/account/awake", fields).status_code == 204


def test_a_claim_goes_on_while_its_clinician_types_and_for_nobody_else(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    worker = world.signed_in("three", "chw")
    do(one, case, "claim")
    assert f'data-claimed="{case.code}"' in one.get(f"/cases/{case.code}").text
    assert "data-claimed" not in two.get(f"/cases/{case.code}").text
    soon_over(world, case)
    before = row(world, case).claimed_until
    one.get(f"/cases/{case.code}")
    types_at(one, None)
    for other in (two, worker):
        types_at(other, case)
    assert row(world, case).claimed_until == before, (
        "an open page, what is typed elsewhere, and others renew nothing"
    )
    types_at(one, case)
    assert row(world, case).claimed_until > before + 1000
    assert row(world, case).claimed_by == one.person_id
    assert len(trail(world, "case_claimed")) == 1
    do(one, case, "release")
    types_at(one, case)
    assert row(world, case).claimed_by is None, "what was given back is not taken again"
    do(two, case, "claim")
    until = row(world, case).claimed_until
    types_at(one, case)
    assert (row(world, case).claimed_by, row(world, case).claimed_until) == (two.person_id, until)
    assert one.post("/account/awake", {"case": "no case"}).status_code == 204


@pytest.mark.parametrize(("deed", "field"), [("answer", "own"), ("pass-on", "words"), ("second", "words")])
def test_what_was_typed_for_a_case_that_another_took_meanwhile_can_be_copied(
    world: World, deed: str, field: str
) -> None:
    case = a_case(world)
    browser, other = world.signed_in("one", "clinician"), world.person("two", "clinician")
    do(browser, case, "claim")
    lapse(world, case, other)
    refused = do(browser, case, deed, **{field: OWN, "floor": ""})
    assert refused.status_code == 409
    left = refused.text.partition('id="left-over"')[2].partition("</section>")[0]
    assert f'readonly dir="auto">{OWN}</textarea>' in left


@pytest.mark.parametrize("deed", ["pass-on", "second"])
def test_a_note_may_be_as_long_as_its_field_says_and_a_longer_one_comes_back(world: World, deed: str) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    do(browser, case, "claim")
    refused = do(browser, case, deed, words="x" * 1501)
    assert refused.status_code == 400
    assert "at most 1,500 characters" in without_isolates(refused.text)
    assert "x" * 1501 in form_of(refused.text, deed)
    # 1,490 characters as a browser counts them: it sends two for each line break.
    assert do(browser, case, deed, words="\r\n".join(["y" * 113] * 13)).status_code == 303


def test_a_letter_that_no_font_can_write_is_told_and_not_printed_without(world: World) -> None:
    thai = Place("mae-sot-1", "โรงพยาบาล", "hospital", "TH", "Tak")
    with transaction(world.engine) as connection:
        put(connection, [thai])
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    got = browser.get(f"/cases/{case.code}/letter.pdf?language=en&place={thai.id}")
    assert (got.status_code, got.headers["content-type"]) == (409, "text/html; charset=utf-8")
    assert "no font here has these characters: ง บ พ ย" in without_isolates(got.text)


def test_a_case_that_somebody_saved_meanwhile_is_not_closed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    real = store.close

    def late(connection, found, outcome):  # type: ignore[no-untyped-def]
        return real(connection, replace(found, version=found.version - 1), outcome)

    monkeypatch.setattr(store, "close", late)
    assert do(browser, case, "close", outcome="seen", yes="1").status_code == 409
    assert row(world, case).closed_at is None


def test_the_agreement_is_shown_to_who_looks_after_the_work_and_never_of_few(world: World) -> None:
    clinician, boss = world.signed_in("one", "clinician"), world.signed_in("boss", "supervisor")
    for n in range(6):
        case = a_case(world, address=f"p{n}", photos=1)
        assert (
            do(
                clinician,
                case,
                "opinion",
                condition="NEV" if n % 2 else "MEL",
                urgency="today" if n else "week",
            ).status_code
            == 303
        )
        if n == 3:
            few = boss.get("/agreement").text
            assert "Fewer than 5 cases" in few
            assert "<dd>" not in few, "no number"
    page = boss.get("/agreement").text
    assert "83%" in page, "told as less pressing in five of six"
    assert "50%" in page, "the first of what was named"
    assert "Fewer than 5 cases" in boss.get("/agreement?basis=rules").text
    assert clinician.get("/agreement").status_code == 403


def test_a_round_is_drawn_before_anything_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_case(world, photos=1)
    boss = world.signed_in("boss", "supervisor")
    looked: list[bool] = []
    by_id = store.by_id

    def noted(connection: Connection, case_id: int) -> store.Case | None:
        looked.append(bool(connection.get_execution_options().get("read_only")))
        return by_id(connection, case_id)

    monkeypatch.setattr(store, "by_id", noted)
    boss.post("/agreement/review/start", {"size": "10"})
    assert looked == [True]


def test_another_round_is_asked_about_and_not_begun_by_a_second_press(world: World) -> None:
    for n in range(2):
        a_case(world, address=f"p{n}", photos=1)
    rater, boss = world.signed_in("one", "clinician"), world.signed_in("boss", "supervisor")

    def start(**fields: str) -> object:
        return boss.post("/agreement/review/start", {"size": "10", **fields})

    assert start().status_code == 303
    twice = start(yes="1")
    assert (twice.status_code, "a moment ago" in twice.text) == (409, True)
    with transaction(world.engine) as connection:
        connection.execute(update(ReviewRound).values(at=ReviewRound.at - 61))
    at = rater.post("/review/next", {}).headers["location"].removeprefix("/console")
    rater.post(f"{at}/score", dict.fromkeys(QUESTIONS, "4"))
    asked = start()
    assert asked.status_code == 200
    assert "Of 1 of its answers nobody has given scores" in asked.text
    assert len(trail(world, "review_started")) == 1
    assert start(yes="1").status_code == 303
    assert len(trail(world, "review_started")) == 2


def test_scores_of_a_case_that_was_opened_at_the_desk_meanwhile_do_not_count(world: World) -> None:
    case = a_case(world, photos=1)
    rater, boss = world.signed_in("one", "clinician"), world.signed_in("boss", "supervisor")
    boss.post("/agreement/review/start", {"size": "10"})
    at = rater.post("/review/next", {}).headers["location"].removeprefix("/console")
    assert rater.get(f"/cases/{case.code}").status_code == 200
    refused = rater.post(f"{at}/score", dict.fromkeys(QUESTIONS, "4"))
    assert (refused.status_code, "opened this case at the desk" in refused.text) == (409, True)
    assert trail(world, "review_scored") == []


def test_a_colleagues_answer_is_read_in_the_patients_language_and_in_ones_own(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("wanjiru", "clinician"), world.signed_in("achieng", "clinician")
    do(one, case, "claim")
    assert do(one, case, "answer", say="clean", urgency="week", condition="NEV").status_code == 303
    page = two.get(f"/cases/{case.code}").text
    text = Text(says()["clean"].text)
    talk = page[page.index('<ol class="talk"') : page.index("</ol>", page.index('<ol class="talk"'))]
    for language in ("sw", "en"):
        assert without_isolates(locales.render(text, language)) in without_isolates(unescape(talk)), language


def test_the_talk_says_where_it_does_not_show_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    line = Line(1.0, "ngozi", ("Habari",), "sw")
    for count, said in ((spoken.MOST_REPLIES - 1, False), (spoken.MOST_REPLIES, True)):
        monkeypatch.setattr(spoken, "said", lambda *_, count=count: [line] * count)
        page = browser.get(f"/cases/{case.code}").text
        assert ("at most the last 60 messages" in page) == said


def test_a_round_is_drawn_scored_without_a_source_and_counted(world: World) -> None:
    for n in range(6):
        a_case(world, address=f"p{n}", photos=1)
    rater, boss = world.signed_in("one", "clinician"), world.signed_in("boss", "supervisor")
    assert "No answer is left" in rater.get("/review").text
    assert rater.post("/agreement/review/start", {"size": "10"}).status_code == 403
    assert boss.post("/agreement/review/start", {"size": "7"}).status_code == 400
    assert (
        boss.post("/agreement/review/start", {"size": "10"})
        .headers["location"]
        .endswith("said=review_started")
    )
    at = rater.post("/review/next", {}).headers["location"].removeprefix("/console")
    for n in range(6):
        page = rater.get(at).text
        assert "compact-1" not in page.lower()
        assert boss.get(at).status_code == 404, "not begun by them"
        (photo,) = re.findall(r'src="/console(/review/\d+/media/[0-9a-f]{32})"', page)
        assert rater.get(photo).headers["cache-control"] == "no-store"
        assert boss.get(photo).status_code == 404
        missing = rater.post(f"{at}/score", {"correct": "5"})
        assert (missing.status_code, "all seven" in missing.text) == (400, True)
        scores = dict.fromkeys(QUESTIONS, "4" if n else "2")
        at = rater.post(f"{at}/score", scores).headers["location"].removeprefix("/console")
    assert at == "/review"
    page = boss.get("/agreement/review").text
    assert "83%" in page, "five of six"
    assert "Fewer than 5 of these answers" in page, "of clinicians there are none"
    assert {seen.by_person for seen in trail(world, "review_seen")} == {rater.person_id}
    assert trail(world, "case_seen") == []


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_a_heading_with_a_number_behind_it_ends_without_its_colon(world: World, language: str) -> None:
    case = a_case(world)
    doctor = world.signed_in("dr", "clinician")
    with transaction(world.engine) as connection:
        connection.execute(update(Login).values(language=language))
    page = doctor.get(f"/cases/{case.code}").text
    assert f'lang="{language}"' in page
    for heading in ("desk.signs.list_no", "desk.signs.list_unknown", "desk.signs.list_not_asked"):
        said = locales.render(locales.Text(heading), language)
        bare = re.sub(r"[\s\u00a0\u202f]*[:\u1366]$", "", said)
        assert said != bare, "the chat says it with a colon"
        if heading == "desk.signs.list_no":
            assert f"<summary>{bare} (" in html.unescape(page)
        assert said not in html.unescape(page)
