"""What a worker is told, and what their words do."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

import locales
from bot.conversation.desk import DeskState, is_desk, letter, read_desk, write_desk
from bot.conversation.desk.events import Around, Escalate, ForCase, GiveCase, LeaveDesk, Nearby
from bot.conversation.events import DropPhotos, EraseChat
from bot.conversation.here import Here
from bot.conversation.state import BadState, new_state, to_json
from bot.messages import Inbound, Text, Urgency
from bot.place import Place
from tests.bot.conversation.desk.bench import Bench, harmless, keys, photograph, shown

CLINIC = Place(
    "c1", "Made-up Clinic", "clinic", "KE", "Made-up", -1.28, 36.82, "0700", "Mon to Fri", ("sw",), ("skin",)
)


def begun(bench: Bench, origin: str = "amina") -> str:
    """The code of a case that was just begun by a forwarded photograph."""
    before = set(bench.cases)
    bench.photo(f"p-{origin}", origin=origin)
    (code,) = set(bench.cases) - before
    return code


def told(bench: Bench, origin: str = "amina", *named: tuple[str, str], **more: object) -> str:
    """A case with its answer."""
    code = begun(bench, origin)
    bench.whole_spot(code)
    bench.found(code, *(named or (("NEV", "likely"),)), **more)  # type: ignore[arg-type]
    return code


def test_every_reply_about_a_case_begins_with_its_code() -> None:
    bench = Bench()
    code = told(bench)
    for reply in bench.replies:
        assert shown(reply).startswith(f"{code}:"), reply
        assert all(c.code.startswith(f"{code}~") for c in reply.choices)
        assert all(len(c.code.encode()) <= 60 for c in reply.choices)


def test_the_patients_consent_is_read_out_by_the_worker_and_no_photograph_is_fetched_before_it() -> None:
    bench = Bench()
    code = begun(bench)
    (reply,) = bench.replies
    assert "read this to the patient" in shown(reply)
    assert [c.code for c in reply.choices] == [f"{code}~consent.yes", f"{code}~consent.no"]
    assert bench.effects == []
    bench.answer(code, "consent.yes")
    assert bench.cases[code].state.photos == ("id-p-amina",)


def test_the_answer_has_reasons_danger_signs_hands_and_place() -> None:
    bench = Bench(places=(Nearby(replace(CLINIC, directions="Behind the market"), 4.2),))
    code = told(bench, "amina", ("BCC", "likely"))
    words = shown(bench.replies[-1])
    for part in (
        "To be seen: within 7 days.",
        "Fits best: ",
        "Danger signs asked and not there:",
        "Numbness:",
        "Glands:",
        "Where to: Made-up Clinic.",
        "About 4 km away.",
        "Open: Mon to Fri.",
        "Directions: Behind the market.",
        "Languages: Swahili",
        "mlat=-1.28000",
        "ask a clinician",
    ):
        assert part in words, part
    assert f"{code}~desk.refer" in [c.code for c in bench.replies[-1].choices]


def test_now_tells_the_worker_to_go_with_the_signs_that_were_found() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.adult")
    for _ in range(30):
        reply = bench.replies[-1]
        if bench.cases[code].state.floor is Urgency.NOW:
            break
        bench.answer(code, next(c.code.partition("~")[2] for c in reply.choices if c.code.endswith(".yes")))
    words = shown(bench.replies[-1])
    assert words.startswith(f"{code}:\nThis is an emergency.")
    assert "Danger signs found:" in words
    assert bench.cases[code].reached is Urgency.NOW
    assert bench.say("today")[0].choices[0].code == f"{code}~desk.open"


def test_news_of_another_case_shows_no_second_numbered_list() -> None:
    bench = Bench(channel="whatsapp")
    first = begun(bench, "amina")
    bench.whole_spot(first)
    second = begun(bench, "baraka")
    offered = bench.desk.offered
    (news,) = bench.found(first, ("NEV", "likely"))
    assert news.choices == ()
    assert f"Write {first}" in shown(news)
    assert bench.desk.offered == offered
    assert bench.desk.current == second
    bench.say("1")
    assert bench.cases[second].state.consent == "yes"


def test_news_of_another_case_keeps_its_buttons_where_the_chat_has_buttons() -> None:
    bench = Bench(channel="telegram")
    first = begun(bench, "amina")
    bench.whole_spot(first)
    begun(bench, "baraka")
    (news,) = bench.found(first, ("NEV", "likely"))
    assert news.choices


def test_short_answers_in_a_row_are_taken_and_the_rest_is_kept() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    bench.say("34, none")
    assert bench.cases[code].state.answers["age"] == "adult"
    assert any(key.startswith("group") for key in bench.cases[code].state.answers)
    replies = bench.say("none, since the rains")
    assert [note.text for note in bench.cases[code].notes] == ["since the rains"]
    assert "Kept with this case" in shown(replies)


def test_a_forwarded_no_is_not_the_workers_answer() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.adult")
    before = bench.cases[code].state.answers
    bench.forward("no", "amina")
    assert bench.cases[code].state.answers == before
    assert bench.cases[code].notes[-1].text == "no"
    assert bench.cases[code].notes[-1].forwarded


def test_a_number_beyond_the_list_answers_nothing() -> None:
    bench = Bench(channel="whatsapp")
    code = begun(bench)
    replies = bench.say("3")  # the patient's own chat offers languages here
    assert "did not understand" in shown(replies)
    assert bench.cases[code].state.consent == ""


@pytest.mark.parametrize(("channel", "taken"), [("whatsapp", True), ("telegram", False)])
def test_a_number_in_words_is_taken_where_the_list_has_numbers(channel: str, taken: bool) -> None:
    bench = Bench(channel=channel)
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.adult", "danger1.none", "danger3.none")
    bench.say("two")
    assert ("shape" in bench.cases[code].state.answers) == taken


def test_several_held_items_are_asked_about_once_and_can_be_parted() -> None:
    bench = Bench(channel="whatsapp")
    begun(bench, "")
    replies = [*bench.photo("x1", origin=""), *bench.photo("x2", origin=""), *bench.forward("itches", "")]
    assert keys(replies) == ["held", "held", "held"]
    assert sum(bool(r.choices) for r in replies) == 1
    assert bench.effects == []
    bench.say("one by one") if "gather1.split" in bench.desk.offered else bench.press("gather1.split")
    bench.press(bench.desk.offered[-1])  # new
    assert len(bench.cases) == 2
    assert [h.item.attachments[0].ref for h in bench.desk.held if h.item.attachments] == ["x2"]


def test_a_typed_code_or_the_word_new_answers_same_patient_or_new() -> None:
    bench = Bench()
    code = begun(bench, "")
    bench.photo("x1", origin="")
    bench.say(code.lower().replace("-", " "))
    assert [a.ref for a in bench.cases[code].state.pending] == ["p-", "x1"]
    bench.photo("x2", origin="")
    bench.say("new")
    assert len(bench.cases) == 2
    assert not bench.desk.held


def test_a_code_that_was_not_offered_puts_nothing_anywhere_and_is_offered_then() -> None:
    """It could mean "open that case" as well: two patients must never be mixed by a guess."""
    bench = Bench()
    codes = [begun(bench, origin) for origin in ("amina", "juma", "grace", "otieno")]
    bench.photo("x1", origin="")
    offered = [code.partition(".")[2] for code in bench.desk.offered]
    strange = next(code for code in codes if code not in offered)
    before = dict(bench.cases)
    (reply,) = bench.say(strange)
    assert bench.cases == before
    assert reply.key == "held"
    assert f"gather1.{strange}" in bench.desk.offered
    bench.say(strange)
    assert "x1" in [a.ref for a in bench.cases[strange].state.pending]
    assert not bench.desk.held


def test_a_forward_of_somebody_else_is_answered_while_a_question_stands() -> None:
    bench = Bench(channel="whatsapp")
    begun(bench, "")
    assert keys(bench.photo("x1", origin="")) == ["held"]
    replies = bench.forward("his foot", "juma")
    assert keys(replies) == ["held"]
    assert "2" in shown(replies[0])


def test_a_late_button_of_items_already_sorted_changes_nothing() -> None:
    bench = Bench()
    code = begun(bench, "")
    bench.photo("x1", origin="")
    bench.press("gather1.new")
    before = dict(bench.cases)
    assert keys(bench.press(f"gather1.{code}")) == ["old"]
    assert bench.cases == before


def test_what_nobody_sorted_for_a_day_is_let_go_and_said() -> None:
    bench = Bench()
    begun(bench, "")
    bench.photo("x1", origin="")
    replies = bench.tick(24 * 3600.0)
    assert "forgotten" in keys(replies)
    assert [a.ref for e in bench.effects if isinstance(e, DropPhotos) for a in e.attachments] == ["x1"]
    assert not bench.desk.held


def test_worse_asks_about_danger_again_and_lowers_nothing() -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    assert bench.cases[code].reached is Urgency.WEEK
    (reply,) = bench.say(f"{code} worse")
    assert "danger signs again" in shown(reply)
    assert bench.cases[code].reached is Urgency.WEEK
    bench.through(code)
    bench.found(code, ("NEV", "likely"), urgency="routine")
    assert bench.cases[code].reached is Urgency.WEEK


@pytest.mark.parametrize("words", ["worse", "the patient is much worse now", "mbaya zaidi"])
@pytest.mark.parametrize("named", [True, False])
def test_worse_is_of_the_case_that_was_told_last_whether_named_or_not(words: str, named: bool) -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    (reply,) = bench.say(f"{code} {words}" if named else words)
    assert "danger signs again" in shown(reply)
    assert (bench.cases[code].progress, bench.cases[code].reached) == ("worse", Urgency.WEEK)
    assert [n.text for n in bench.cases[code].notes] == ([words] if len(words.split()) > 2 else [])


def test_worse_beside_a_question_or_when_nobody_knows_whose_it_is_reopens_no_case() -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    bench.say("it isn't getting worse")
    assert bench.cases[code].progress == ""
    bench.photo("x1", origin="")
    bench.say("worse")
    assert bench.cases[code].progress == ""


@pytest.mark.parametrize(
    ("words", "outcome"), [("better", "better"), ("was referred", "referred"), ("seen", "seen")]
)
def test_a_case_is_closed_with_an_outcome_in_words(words: str, outcome: str) -> None:
    bench = Bench()
    code = told(bench)
    bench.say(f"close {code} {words}")
    assert bench.cases[code].outcome == outcome
    assert keys(bench.say("list")) == ["list"]
    assert "no open case" in shown(bench.replies[-1])


def urgent(soon: str, channel: str = "telegram") -> tuple[Bench, str]:
    """A case that is to be seen so soon."""
    bench = Bench(channel=channel)
    code = told(bench)
    case = bench.cases[code]
    bench.cases[code] = replace(case, state=replace(case.state, floor=Urgency(soon)))
    return bench, code


@pytest.mark.parametrize("sign", ["now", "today"])
@pytest.mark.parametrize("outcome", ["better", "other"])
def test_a_case_that_must_be_seen_soon_is_closed_only_after_one_more_question(
    sign: str, outcome: str
) -> None:
    bench, code = urgent(sign)
    (reply,) = bench.answer(code, f"close.{outcome}")
    assert "To be seen" in shown(reply)
    assert "all the same" in shown(reply)
    assert bench.cases[code].open
    bench.press(f"{code}~closing_{outcome}.no")
    assert bench.cases[code].open
    assert bench.cases[code].due_at is not None
    bench.answer(code, f"close.{outcome}")
    bench.say("yes")
    assert bench.cases[code].outcome == outcome


def test_where_there_are_no_buttons_the_number_answers_it() -> None:
    bench, code = urgent("now", channel="whatsapp")
    bench.say(f"{code} close better")
    assert bench.cases[code].open
    bench.say("1")
    assert bench.cases[code].outcome == "better"


@pytest.mark.parametrize("outcome", ["seen", "referred", "lost", "died"])
def test_an_outcome_that_says_what_became_of_it_closes_at_once(outcome: str) -> None:
    bench, code = urgent("now")
    bench.answer(code, f"close.{outcome}")
    assert bench.cases[code].outcome == outcome


def test_who_was_seen_or_may_wait_is_closed_at_once() -> None:
    bench, code = urgent("now")
    bench.say(f"{code} seen")
    bench.answer(code, "close.better")
    assert bench.cases[code].outcome == "better"
    bench = Bench()
    code = told(bench)
    bench.answer(code, "close.better")
    assert bench.cases[code].outcome == "better"


def test_a_case_is_closed_by_the_number_of_its_outcome_where_there_are_no_buttons() -> None:
    bench = Bench(channel="whatsapp")
    code = told(bench)
    bench.say(f"close {code}")
    bench.say("4")
    assert bench.cases[code].outcome == "lost"


def test_a_closed_case_is_opened_by_its_code() -> None:
    bench = Bench()
    code = told(bench)
    bench.answer(code, "close.better")
    bench.say(code)
    assert bench.cases[code].open


def test_handing_over_asks_to_whom_and_refuses_a_strange_number() -> None:
    bench = Bench(channel="whatsapp")
    code = told(bench)
    assert keys(bench.say(f"hand over {code}")) == ["hand"]
    assert "No health worker has the number 9" in shown(bench.say("9"))
    bench.say(f"hand over {code} 7")
    assert bench.effects[-1] == GiveCase(code, 7)


def test_a_clinician_is_asked_by_word_and_by_button() -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    bench.answer(code, "desk.escalate")
    assert bench.effects[-1] == Escalate(code, "unsure", Urgency.WEEK)
    assert bench.cases[code].escalated
    alone = Bench(clinicians=False)
    code = told(alone)
    assert "No clinician" in shown(alone.say(f"escalate {code}"))


def test_deleting_one_case_erases_its_photographs_and_only_it() -> None:
    bench = Bench()
    first, second = told(bench, "amina"), begun(bench, "baraka")
    bench.say(f"delete {first}")
    bench.answer(first, "erase.yes")
    assert list(bench.cases) == [second]
    assert bench.effects[-1] == ForCase(first, DropPhotos((), ("id-p-amina",)))


def test_deleting_all_asks_first() -> None:
    bench = Bench()
    begun(bench)
    bench.say("delete")
    assert "Cases: 1" in shown(bench.replies[-1])
    bench.press("delete.yes")
    assert bench.cases == {}
    assert isinstance(bench.effects[-1], EraseChat)


def test_a_worker_leaves_only_without_open_cases() -> None:
    bench = Bench()
    code = told(bench)
    assert "open cases first" in shown(bench.say("/leave"))
    bench.say(f"close {code} seen")
    bench.say("/leave")
    bench.press("leave.yes")
    assert isinstance(bench.effects[-1], LeaveDesk)


def test_after_stop_nothing_is_said_until_the_worker_writes() -> None:
    bench = Bench()
    code = begun(bench)
    bench.whole_spot(code)
    bench.say("stop")
    assert bench.found(code, ("NEV", "likely")) == []
    assert keys(bench.say(code))[:1] == ["resumed"]
    assert "Fits best" in shown(bench.replies[-1])


def test_forwards_before_a_language_is_known_wait_and_are_sorted_after_it() -> None:
    bench = Bench(desk=DeskState(here=Here(channel="telegram")))
    replies = bench.photo("x1", origin="amina")
    assert keys(replies) == ["language"]
    bench.press("language.sw")
    (case,) = bench.cases.values()
    assert [a.ref for a in case.state.pending] == ["x1"]
    assert "Tafadhali msomee mgonjwa" in shown(bench.replies[-1], "sw")


def test_a_location_is_kept_to_a_hundredth_of_a_degree() -> None:
    bench = Bench()
    bench.hear(Inbound("unusable", unusable="location", location=(-1.286389, 36.817223)))
    assert (bench.desk.latitude, bench.desk.longitude) == (-1.29, 36.82)


def test_a_strange_code_is_told_and_puts_nothing_anywhere() -> None:
    bench = Bench()
    code = begun(bench)
    assert "no case with the code X9-99" in shown(bench.say("X9-99 better"))
    assert bench.cases[code].notes == ()


def test_week_list_and_signs_name_no_condition() -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    names = [locales.render(Text(f"condition.{c}.name"), "en") for c in ("bcc", "mel", "scc", "nev")]
    for words in ("week", "list", "today", f"signs {code}"):
        assert not any(name in shown(bench.say(words)) for name in names), words


def test_a_month_of_silence_takes_a_case_and_its_photographs() -> None:
    bench = Bench()
    told(bench)
    bench.tick(31 * 24 * 3600.0)
    assert bench.cases == {}
    dropped = [e.effect for e in bench.effects if isinstance(e, ForCase) and isinstance(e.effect, DropPhotos)]
    assert dropped[-1].photo_ids == ("id-p-amina",)


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_the_words_of_the_help_work_in_every_language(language: str) -> None:
    known = {"sw": ("orodha", "leo", "wiki", "mpya"), "ar": ("قائمة", "اليوم", "الأسبوع", "جديد")}
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    words = known.get(language, ("list", "today", "week", "new"))
    assert [keys(bench.say(word))[0] for word in words] == ["list", "today", "week", "consent"]


def test_a_desk_is_told_from_a_patients_chat() -> None:
    assert is_desk(write_desk(DeskState()))
    assert not is_desk(to_json(new_state("en")))
    assert not is_desk(None)
    with pytest.raises(BadState):
        read_desk(to_json(new_state("en")))
    with pytest.raises(BadState):
        read_desk('{"kind":"desk","held":[{"item":3}]}')


def test_a_caption_new_begins_a_case_beside_the_open_one() -> None:
    bench = Bench()
    begun(bench)
    bench.hear(photograph("x1", "new"))
    assert [[a.ref for a in c.state.pending] for c in bench.cases.values()] == [["p-amina"], ["x1"]]
    assert harmless(bench.replies[-1]) == "consent.yes"


def test_a_letter_is_dated_by_the_peoples_calendar() -> None:
    bench = Bench()
    case = bench.cases[told(bench)]
    late = 20 * 86_400.0 + 22.5 * 3600
    dates = [
        letter.letter(case, Around((), zone=ZoneInfo(name)), late, "en")[0].args["date"]
        for name in ("UTC", "Africa/Nairobi")
    ]
    assert dates == ["21 January 1970", "22 January 1970"]


@pytest.mark.parametrize("language", ["en", "sw", "ar"])
def test_the_letter_has_place_signs_and_code_and_says_what_is_not_known(language: str) -> None:
    bench = Bench(
        desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language),
        places=(Nearby(CLINIC, 4.2),),
    )
    code = told(bench, "amina", ("BCC", "likely"))
    (reply,) = bench.answer(code, "desk.refer")
    words = shown(reply, language)
    assert reply.key == "letter"
    assert code in words
    assert "Made-up Clinic" in words
    assert locales.render(Text("condition.bcc.name"), language) in words
    early = begun(bench, "baraka")
    assert keys(bench.answer(early, "desk.refer")) == ["consent"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "my child cannot breathe"), ("sw", "mtoto hawezi kupumua"), ("ar", "طفلي لا يستطيع التنفس")],
)
def test_a_forwarded_danger_ends_in_go_now_for_that_patient_alone(language: str, words: str) -> None:
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    first, second = begun(bench, "amina"), begun(bench, "baraka")
    replies = bench.forward(words, "amina")
    assert bench.cases[first].reached is Urgency.NOW
    assert bench.cases[second].state.floor is None
    assert locales.render(Text("desk.alarm"), language) in shown(replies, language)
    assert locales.render(Text("desk.now"), language) in shown(replies, language)


def test_a_danger_in_a_caption_is_heard_too() -> None:
    bench = Bench()
    code = begun(bench)
    bench.hear(photograph("x2", f"{code} he cannot breathe", "amina"))
    assert bench.cases[code].reached is Urgency.NOW


def test_a_rash_is_judged_by_the_rules_and_says_why() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.adult")
    for _ in range(40):
        if not bench.cases[code].asks:
            break
        inner = [c.code.partition("~")[2] for c in bench.replies[-1].choices]
        wanted = [c for c in inner if c in ("shape.rash", "site.hand", "look.itchy")]
        if bench.replies[-1].key == "symptoms":
            wanted = ["symptoms.itch_night+home_itch+webs"]
        bench.answer(code, wanted[0] if wanted else harmless(bench.replies[-1]))
    words = shown(bench.replies[-1])
    assert bench.cases[code].told
    for part in ("Fits best: ", "Because: ", "Numbness:", "Please report it"):
        assert part in words, part
    assert bench.wanted() == [], "no model is asked about a rash"
    bench.say(f"refer {code}")
    assert bench.replies[-1].key == "letter"


def test_what_is_only_possible_is_not_said_to_be_possible_too() -> None:
    bench = Bench()
    told(bench, "amina", ("BCC", "possible"), ("NEV", "possible"))
    words = shown(bench.replies[-1])
    assert words.index("It could be: ") < words.index("Could also be: ")


def test_a_list_says_how_long_ago_a_case_was_opened() -> None:
    bench = Bench()
    code = told(bench)
    bench.at += 3 * 3600.0
    assert f"{code}: this week, opened 3 hours ago, answered" in shown(bench.say("list"))
