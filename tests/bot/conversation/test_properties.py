"""Whatever comes in whatever order: what must never happen does not."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import locales
from bot.clinical import modifiers, symptoms
from bot.clinical.danger_signs import GROUPS, all_signs
from bot.conversation import ChatState, course, from_json, new_state, step, talk, to_json
from bot.conversation.events import (
    Event,
    FetchPhotos,
    FindingsReady,
    Linked,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Said,
    Step,
    TalkReady,
    Ticked,
    TurnParked,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Attachment, Condition, Findings, Inbound, Urgency
from bot.plans import MOST
from tests.bot.conversation.plans import PLANS
from tests.bot.conversation.talk import waiting

CODES = [
    *("consent.yes", "consent.no", "delete.yes", "delete.no", "language.sw", "language.more", "language.xx"),
    *(f"age.{a}" for a in ("infant", "child", "adult", "middle", "older")),
    *(f"danger{n}.{a}" for n in GROUPS for a in ("none", "yes", "unknown")),
    *(f"{s.id.lower()}{m}.{a}" for s in all_signs() for m in ("", "again") for a in ("yes", "no", "unknown")),
    *(
        "safe.yes",
        "safe.no",
        "safe.go_on",
        "d18also.yes",
        "d18also.no",
        "shape.spot",
        "shape.rash",
        "shape.bite",
        "shape.burn",
        "shape.other",
        "site.back",
        "site.private",
    ),
    *("wound_kind.bite", "wound_kind.burn", "wound_kind.other", "site.many", "site.leg_foot"),
    *(f"health.{h}" for h in ("none", "unknown", *modifiers.asked())),
    *(
        "look.itchy",
        "look.patch",
        "look.unknown",
        "hot_swollen.yes",
        "home_itch.yes",
        "webs.unknown",
        "menu.work",
    ),
    *("photo.none", "photo.use", "skin.2", "skin.albinism", "nonsense", "menu.what", "menu.new", "menu.when"),
    *(f"{q}.{a}" for q in symptoms.symptoms() for a in ("yes", "no", "unknown")),
]
TEXTS = st.one_of(
    st.sampled_from(
        [
            "yes",
            "no",
            "1",
            "2",
            "3",
            "٢",
            "ndiyo",
            "نعم",
            "stop",
            "delete",
            "help",
            "new",
            "/language",
            "hello",
            *("can I swim with it?", "may I go to the sea", "is he in the sun too much", "I have a fever"),
            *("he cannot breathe", "a dog bit me", "my mole changed", "rash and a hot swollen painful leg"),
            *("no fever", "I want to die", "mume wangu ananipiga", "عنده حمى", "chest pain"),
            *("is it dangerous", "none", "I don't know", "/start", "/", "   ", "45", "Kiswahili", "thanks"),
        ]
    ),
    st.text(max_size=30),
)
ATTACHMENTS = st.lists(st.builds(Attachment, ref=st.sampled_from("abcdefgh")), max_size=3).map(tuple)
ITEMS = st.one_of(
    st.builds(Inbound, kind=st.just("choice"), choice=st.sampled_from(CODES)),
    st.builds(Inbound, kind=st.sampled_from(["message", "edit"]), text=TEXTS, attachments=ATTACHMENTS),
    st.builds(Inbound, kind=st.just("unusable"), unusable=st.sampled_from(["voice", "empty", None])),
    st.builds(Inbound, kind=st.sampled_from(["group", "stopped", "noise", "migrated"])),
)
SAID = st.builds(
    Said,
    items=st.lists(ITEMS, min_size=1, max_size=2).map(tuple),
    at=st.floats(1e9, 1e9 + 1e7),
    here=st.builds(Here, channel=st.sampled_from(["telegram", "whatsapp", "webchat"])),
)
RESULTS = st.builds(
    PhotoResult,
    attachment=st.just(Attachment("x")),
    photo_id=st.sampled_from(["p1", "p2", "p3"]),
    refused=st.sampled_from([None, None, "format"]),
    coach=st.sampled_from([None, None, "blurred"]),
)
FINDINGS = st.builds(
    Findings,
    conditions=st.lists(
        st.builds(
            Condition,
            code=st.sampled_from(["BCC", "MEL", "NEV", "XXX"]),
            certainty=st.sampled_from(["likely", "possible"]),
        ),
        max_size=3,
    ).map(tuple),
    urgency=st.sampled_from(list(Urgency)),
    abstained=st.booleans(),
    reason=st.sampled_from(["", "unsure", "other"]),
    unproven_skin=st.booleans(),
)
SPOKEN = [
    "",
    "It may grow slowly, and a health worker can look at it.",
    "This is a skin disease image with the following medical features (clinical concepts): raised, brown. "
    "This could be a skin disease image of melanoma, in plain words a mole that may be a serious skin cancer.",
    "You have skin cancer. Take 500 mg.",
    "It is harmless, and there is no need to see a doctor.",
]
TALKS = st.builds(
    TalkReady,
    case_version=st.integers(1, 4),
    kind=st.sampled_from(["describe", "answer"]),
    text=st.sampled_from(SPOKEN) | st.text(max_size=40),
    features=st.lists(
        st.sampled_from(["raised", "flat", "dark brown", "round", "Vesicle", ""]), max_size=4
    ).map(tuple),
    at=st.just(1e9),
)
EVENTS = st.one_of(
    SAID,
    SAID,
    SAID,
    st.builds(PhotosReady, results=st.lists(RESULTS, max_size=3).map(tuple), at=st.just(1e9)),
    st.builds(FindingsReady, case_version=st.integers(1, 4), findings=FINDINGS, at=st.just(1e9)),
    TALKS,
    TALKS,
    st.builds(PlanReady, case_version=st.integers(1, 4), plan=st.none() | PLANS, at=st.just(1e9)),
    st.builds(Ticked, at=st.floats(1e9, 1e9 + 1e7)),
    st.builds(TurnParked, at=st.just(1e9)),
)


def _walk(events: list[Event], guided: list[int], state: ChatState | None = None) -> None:
    """Plays the events; between them the person also presses what is offered, so that deep parts are reached."""
    state = state or new_state("en")
    script: list[Event] = []
    for n, event in enumerate(events):
        script.append(event)
        script += [Said((Inbound("choice", choice="#"),), 1e9 + n)] * guided[n % len(guided)]
    for n, event in enumerate(script):
        if isinstance(event, Said) and event.items[0].choice == "#":
            if not state.offered:
                continue
            code = state.offered[n % len(state.offered)]
            event = Said((Inbound("choice", choice=code),), event.at)
        before = state
        result = step(state, event)
        assert result == step(state, event)
        state = result.state
        assert from_json(to_json(state)) == state
        for reply in result.replies:
            for text in (*reply.paragraphs, *(c.label for c in reply.choices)):
                assert locales.render(text, state.speaks, strict=True)
            assert all(len(c.code.encode()) <= 60 and c.code.isascii() for c in reply.choices)
            assert len({c.code for c in reply.choices}) == len(reply.choices)
        assert len(result.replies) <= 2
        same_case = state.case_version == before.case_version
        if isinstance(event, Said) and before.floor is not Urgency.NOW and state.floor is Urgency.NOW:
            assert any(r.key == "now" for r in result.replies) or state.stopped
        if (
            before.handover
            and state.handover
            and same_case
            and isinstance(event, Said | FindingsReady | TalkReady)
        ):
            assert all(
                r.key in ("handover", "now", "delete", "language", "stop", "group") for r in result.replies
            ), [r.key for r in result.replies]
        if same_case and before.floor is not None:
            assert state.floor is not None
            assert state.floor.rank <= before.floor.rank
        if before.floor is Urgency.NOW and same_case:
            assert all(r.key not in ("findings", "looking", "photo") for r in result.replies)
        for effect in result.effects:
            if isinstance(effect, FetchPhotos):
                assert state.consent == "yes"
                assert state.floor is not Urgency.NOW
                assert not result.replies
            if isinstance(effect, WantFindings | WantPlan):
                assert state.consent == "yes"
                assert effect.photo_ids
                assert state.floor is not Urgency.NOW
                assert course.assessment(state).next is None
        if isinstance(event, Said):
            quiet = {"noise", "migrated", "stopped", "group"}
            if not any(i.kind in quiet for i in event.items):
                answered = FetchPhotos | WantAnswer | WantPlan | WantFindings
                assert result.replies or any(isinstance(e, answered) for e in result.effects)
            if any(isinstance(e, WantAnswer) for e in result.effects):
                _is_asked_rightly(before, result)
        if isinstance(event, TalkReady):
            _is_told_rightly(before, event, result)
        if isinstance(event, PhotosReady) and not state.stopped:
            assert len(result.replies) >= 1
        assert sum(key in state.answers for key in symptoms.symptoms()) <= MOST
        if isinstance(event, FindingsReady | PlanReady) and event.case_version != before.case_version:
            assert result.state == before
            assert not result.replies
        if state.consent != "yes" and before.consent != "yes":
            assert state.photos == before.photos or not state.photos


def _is_asked_rightly(before: ChatState, result: Step) -> None:
    """A question goes to the model only in its language, after the result, one at a time; it is never left open."""
    (asked,) = [e for e in result.effects if isinstance(e, WantAnswer)]
    state = result.state
    assert asked.case_version == state.case_version == before.case_version
    assert asked.question
    assert state.speaks == "en"
    assert before.asked != before.case_version
    assert before.told == before.case_version
    assert course.part(state) == "findings"
    assert state.asked_at is not None
    assert state.wake_at is not None
    assert state.wake_at <= state.asked_at + talk.ANSWER_S
    given_up = step(state, Ticked(state.asked_at + talk.ANSWER_S))
    if state.asked_at + talk.ANSWER_S < (state.last_at or 0.0) + 24 * 3600:
        assert [r.key for r in given_up.replies] == ["menu"]
    ended = step(state, TalkReady(state.case_version, "answer", ""))
    assert [r.key for r in ended.replies] == ["menu"]
    assert ended.state.asked == 0


def _is_told_rightly(before: ChatState, event: TalkReady, result: Step) -> None:
    assert not result.effects
    if event.case_version != before.case_version or before.stopped or before.floor is Urgency.NOW:
        assert not result.replies
    if course.part(before) != "findings" or before.told != before.case_version:
        assert not result.replies
    if event.kind == "answer":
        assert bool(result.replies) <= (before.asked == before.case_version)
    for reply in result.replies:
        assert reply.choices
        shown = [t.args["words"] for t in reply.paragraphs if t.id == "talk.own_words"]
        assert not shown or before.speaks == "en"
        for words in shown:
            assert not any(c.isdigit() for c in str(words))
            assert "harmless" not in str(words)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(EVENTS, max_size=25),
    st.lists(st.integers(0, 6), min_size=1, max_size=4),
)
def test_no_order_of_events_breaks_a_promise(events: list[Event], guided: list[int]) -> None:
    _walk(events, guided)


ASKED = [
    "can I swim with it?",
    "may I go to the sea",
    "is he in the sun too much",
    "I have a fever",
    "stop",
    "hello",
    "delete",
]
SECONDS = st.floats(1_000, 2_000)
AFTER = st.one_of(
    st.builds(
        TalkReady,
        case_version=st.sampled_from([1, 1, 1, 2]),
        kind=st.sampled_from(["describe", "answer", "answer"]),
        text=st.sampled_from(SPOKEN),
        features=st.sampled_from([(), ("raised", "black"), ("raised", "flat")]),
        at=st.just(1e3),
    ),
    st.builds(
        lambda text, at: Said((Inbound("message", text=text),), at),
        st.sampled_from(ASKED + ASKED[:3]),
        SECONDS,
    ),
    st.builds(
        lambda code, at: Said((Inbound("choice", choice=code),), at),
        st.sampled_from(["menu.what", "menu.new", "language.sw", "delete.no"]),
        SECONDS,
    ),
    st.builds(lambda at: Linked(Said((Inbound("message", text="ABCDE2-FGHJK3"),), at)), SECONDS),
    SAID,
    st.builds(Ticked, at=SECONDS),
)


def _found(language: str, named: list[tuple[str, str]], abstained: bool, urgency: str) -> ChatState:
    """A chat whose findings were just told, of its first case."""
    played = waiting()
    if language != "en":
        played.press(f"language.{language}")
    played.found(*named, urgency=urgency, abstained=abstained, reason="unsure" if abstained else "")
    return played.state


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(AFTER, min_size=1, max_size=15),
    st.sampled_from(["en", "en", "en", "sw", "ar"]),
    st.sampled_from(
        [[("MEL", "likely")], [("BCC", "likely"), ("NEV", "possible")], [("MEL", "possible")], []]
    ),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["week", "week", "today", "routine", "now"]),
)
def test_no_order_of_talk_after_the_findings_breaks_a_promise(
    events: list[Event], language: str, named: list[tuple[str, str]], abstained: bool, urgency: str
) -> None:
    start = _found(language, named, abstained, urgency)
    assert start.case_version == 1
    _walk(events, [0], start)
