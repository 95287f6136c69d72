"""Where to: the nearest place, the only one, or the few that there are; a location is asked for once, where it would tell."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.desk import Around, letter, professional
from bot.conversation.desk.events import Nearby
from bot.messages import Text
from bot.place import Place
from tests.bot.conversation.desk.bench import Bench, shown

ONE = Place("a", "Aloe Clinic", "clinic", "TZ", "Mtoni", phone="+255 000 1", hours="8 to 5")
TWO = replace(ONE, id="b", name="Bamboo Hospital", kind="hospital", hours="")
THREE = replace(ONE, id="c", name="Cedar Post", kind="post", phone="")


def where(around: Around) -> list[Text]:
    bench = Bench()
    bench.say("new")
    return list(professional.where(next(iter(bench.cases.values())), around))


def test_the_nearest_of_several_is_named_with_how_to_get_there():
    around = Around((), (Nearby(TWO, 2.0), Nearby(ONE, 9.0)))
    said = where(around)
    assert [t.id for t in said] == ["desk.where", "desk.where.distance", "desk.where.phone", "desk.where_else",
                                    "desk.where.distance", "desk.where.hours", "desk.where.phone"]  # fmt: skip
    assert around.place == TWO


def test_of_a_few_whose_distance_nobody_knows_each_is_named_and_none_is_the_letters():
    around = Around((), (Nearby(ONE), Nearby(TWO), Nearby(THREE)), locate=True)
    said = where(around)
    assert [t.args["name"] for t in said if "name" in t.args] == [ONE.name, TWO.name, THREE.name]
    assert said[-1].id == "desk.where.ask"
    assert around.place is None
    bench = Bench(places=around.places)
    bench.say("new")
    (case,) = bench.cases.values()
    assert "Aloe" not in str(letter.letter(case, around, 0.0, "en"))


def test_the_only_place_is_the_letters_and_no_location_is_asked_for():
    around = Around((), (Nearby(ONE),))
    assert around.place == ONE
    assert "desk.where.ask" not in [t.id for t in where(around)]


def test_an_emergency_goes_to_a_place_that_takes_one_in_the_letter_too():
    bench = Bench(places=(Nearby(THREE, 0.1), Nearby(ONE, 2.0)), emergencies=(Nearby(TWO, 22.0),))
    bench.say("new")
    (code,) = bench.cases
    bench.answer(code, "consent.yes", "age.adult", "danger1.yes", "d04.yes")
    for told in (shown(bench.replies[-1]), shown(bench.say(f"{code} refer"))):
        assert TWO.name in told
        assert THREE.name not in told
        assert ONE.name not in told


def test_where_no_place_takes_emergencies_none_is_named():
    bench = Bench(places=(Nearby(THREE, 0.1),))
    bench.say("new")
    (code,) = bench.cases
    bench.answer(code, "consent.yes", "age.adult", "danger1.yes", "d04.yes")
    assert THREE.name not in shown(bench.replies[-1])
