"""Voice messages at the desk: forwarded or spoken, they land in one case, and are heard when the worker asks."""

from __future__ import annotations

import pytest

from bot.conversation import course
from bot.conversation.desk import read_desk, write_desk
from bot.conversation.events import DropPhotos
from bot.conversation.recordings import MOST
from bot.messages import Attachment, Inbound, Media, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, shown


def voice(ref: str, origin: str | None = None) -> Inbound:
    return Inbound(
        "unusable",
        unusable="voice",
        recording=Attachment(ref, "voice", "audio/ogg"),
        forwarded=origin is not None,
        forwarded_from=origin or "",
    )


def begun(bench: Bench, origin: str = "amina") -> str:
    before = set(bench.cases)
    bench.photo(f"p-{origin}", origin=origin)
    (code,) = set(bench.cases) - before
    return code


def test_a_forwarded_voice_message_joins_its_senders_case() -> None:
    bench = Bench()
    amina, juma = begun(bench, "amina"), begun(bench, "juma")
    bench.press(f"{amina}~consent.yes")
    bench.hear(voice("v1", "amina"))
    assert bench.cases[amina].state.recordings == ("id-v1",)
    assert bench.cases[juma].state.recordings == ()


def test_before_the_patients_yes_it_waits_and_the_worker_hears_that_it_is_kept() -> None:
    bench = Bench()
    (reply,) = bench.hear(voice("v1", "amina"))
    (code,) = bench.cases
    assert "Kept with this case" in shown(reply)
    assert "please write" not in shown(reply).lower()
    assert [a.kind for a in bench.cases[code].state.pending] == ["voice"]
    bench.press(f"{code}~consent.yes")
    assert bench.cases[code].state.recordings == ("id-v1",)


def test_of_each_that_waits_it_is_said_once_that_it_is_kept() -> None:
    bench = Bench()
    bench.hear(voice("v1", "amina"))
    for n in (2, 3):
        said = shown(bench.hear(voice(f"v{n}", "amina")))
        assert said.count("Kept with this case") == 1
        assert "please write" not in said.lower()


@pytest.mark.parametrize("agreed", [True, False])
def test_the_worker_is_told_of_the_one_that_is_not_kept(agreed: bool) -> None:
    bench = Bench()
    code = begun(bench)
    if agreed:
        bench.press(f"{code}~consent.yes")
    for n in range(MOST):
        assert "not keep" not in shown(bench.hear(voice(f"v{n}", "amina")))
    said = shown(bench.hear(voice("v6", "amina")))
    assert "did not keep the last one" in said
    assert "Kept with this case" not in said
    assert [a.ref for e in bench.effects for a in _dropped(e)] == ["v6"]


def _dropped(effect: object) -> tuple[Attachment, ...]:
    inner = getattr(effect, "effect", effect)
    return inner.attachments if isinstance(inner, DropPhotos) else ()


def test_one_of_nobody_known_is_held_survives_a_restart_and_is_asked_about() -> None:
    bench = Bench()
    code = begun(bench, "")
    bench.press(f"{code}~consent.yes")
    assert keys(bench.hear(voice("v1", ""))) == ["held"]
    bench.desk = read_desk(write_desk(bench.desk))
    bench.press(f"gather1.{code}")
    assert bench.cases[code].state.recordings == ("id-v1",)


def test_one_that_nobody_sorted_is_forgotten_at_the_provider_too() -> None:
    bench = Bench()
    begun(bench, "")
    bench.hear(voice("v1", ""))
    bench.tick(24 * 3600.0)
    assert [a.ref for e in bench.effects if isinstance(e, DropPhotos) for a in e.attachments] == ["v1"]


def test_hear_sends_them_and_open_says_how_many() -> None:
    bench = Bench()
    code = begun(bench)
    bench.press(f"{code}~consent.yes")
    bench.hear(voice("v1", "amina"))
    bench.hear(voice("v2"))
    (reply,) = bench.say(f"{code} hear")
    assert "Voice messages kept with this case: 2" in shown(reply)
    assert reply.choices, "what is asked of the case stands under them"
    assert reply.media == (Media("recording", photo_id="id-v1"), Media("recording", photo_id="id-v2"))
    assert "Voice messages kept with this case: 2" in shown(bench.say(f"open {code}"))


def test_erasing_the_case_erases_them() -> None:
    bench = Bench()
    code = begun(bench)
    bench.press(f"{code}~consent.yes")
    bench.hear(voice("v1", "amina"))
    bench.say(f"{code} delete")
    bench.press(f"{code}~erase.yes")
    gone = [i for e in bench.effects for i in getattr(getattr(e, "effect", None), "photo_ids", ())]
    assert "id-v1" in gone


def test_a_worker_is_told_that_it_is_kept_and_not_that_a_health_worker_will_hear_it() -> None:
    bench = Bench()
    code = begun(bench)
    bench.press(f"{code}~consent.yes")
    (reply,) = bench.hear(voice("v1", "amina"))
    assert "Voice messages kept with this case: 1" in shown(reply)
    assert "unusable.voice_kept" not in [t.id for t in reply.paragraphs]


def test_a_spoken_no_that_was_forwarded_is_not_the_workers_answer() -> None:
    bench = Bench(words="no")
    code = begun(bench)
    bench.press(f"{code}~consent.yes", f"{code}~age.adult")
    asked = bench.cases[code].state
    assert course.part(asked) == "danger"
    (reply,) = bench.hear(voice("v1", "amina"))
    state = bench.cases[code].state
    assert state.answers == asked.answers
    assert state.recordings == ("id-v1",)
    assert "I heard: no" in shown(reply)
    assert [(n.text, n.forwarded) for n in bench.cases[code].notes] == [("no", True)]
    bench.hear(voice("v2"))
    assert bench.cases[code].state.answers == asked.answers
    assert [n.forwarded for n in bench.cases[code].notes] == [True, False]


def test_a_danger_that_was_spoken_ends_in_go_now_for_that_patient() -> None:
    bench = Bench(words="my child cannot breathe well")
    amina, juma = begun(bench, "amina"), begun(bench, "juma")
    bench.press(f"{amina}~consent.yes", f"{juma}~consent.yes")
    (reply,) = bench.hear(voice("v1", "amina"))
    assert reply.key == "now"
    assert bench.cases[amina].state.floor is Urgency.NOW
    assert bench.cases[amina].state.recordings == ("id-v1",)
    assert bench.cases[juma].state.floor is None


def test_one_that_waited_for_the_yes_answers_nothing_either() -> None:
    bench = Bench(words="thirty")
    bench.hear(voice("v1", "amina"))
    (code,) = bench.cases
    (reply,) = bench.press(f"{code}~consent.yes")
    assert reply.key == "age"
    assert [n.text for n in bench.cases[code].notes] == ["thirty"]
