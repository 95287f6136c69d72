"""The page of plots: what it counts, what it leaves out, how fast it is at 10,000 cases; and how figures come and go."""

from __future__ import annotations

import re
from datetime import UTC

import pytest
from sqlalchemy import Connection, Engine, insert, select

from bot import figure_counts, figures
from bot.clock import db_now
from bot.console.plot_svg import Bar, columns, strips, top_of
from bot.conversation.state import new_state, to_json
from bot.database import reading, transaction
from bot.figure_counts import Cell
from bot.messages import Condition, Findings, Urgency
from bot.places import Place, put
from bot.tables import CaseRow, Chat, Figure, Person
from locales.placeholders import without_isolates
from tests.console.world import World

DAY_S = 86_400.0
DELETED = "a place that was deleted"


def a_chat(connection: Connection, address: str, person_id: int | None = None) -> int:
    values = {
        "channel": "telegram",
        "account": "main",
        "address": address,
        "created_at": db_now(),
        "stopped": False,
        "turns": 0,
    }
    return int(
        connection.execute(insert(Chat).values(**values, person_id=person_id).returning(Chat.id)).scalar_one()
    )


def figure(chat_id: int, day: int, who: str, **more: object) -> dict[str, object]:
    return {
        "kind": "case", "day": day, "who": figures._hashed(who), "chat_id": chat_id, "case_id": None, "case_version": 1, "urgency": "week",
        "code": "none", "place_id": "", **more,
    }  # fmt: skip


def a_case(chat_id: int, code: str, **more: object) -> dict[str, object]:
    return {
        "code": code, "chat_id": chat_id, "state": to_json(new_state("en")), "opened_at": 1.0, "touched_at": 1.0, "version": 1,
        "origin": "", "urgency": "", "opinion": "", "progress": "", "outcome": "", "reason": "", **more,
    }  # fmt: skip


def last_week() -> int:
    return figures.monday(figures.day_of(UTC)) - 7


def found(*codes: str, abstained: bool = False) -> figures.Group:
    named = tuple(Condition(code, "possible") for code in codes)
    state = new_state("en")
    return figures.group_of(
        type(state)(findings=Findings(named, Urgency.WEEK, abstained=abstained))
        if codes or abstained
        else state
    )


def test_a_group_is_the_gravest_of_what_was_named() -> None:
    from bot.clinical import conditions

    programme = next(c for c, e in conditions.everything().items() if e.report and not e.cancer)
    assert (found("NEV", "MEL"), found("NEV"), found(), found("MEL", abstained=True)) == (
        "cancer",
        "other",
        "none",
        "none",
    )
    assert found("NEV", programme) == "programme"


def test_weeks_begin_on_monday_by_the_peoples_calendar() -> None:
    from zoneinfo import ZoneInfo

    assert [figures.monday(day) for day in (0, 3, 4, 10, 11)] == [-3, -3, 4, 4, 11], (
        "1970-01-01 was a Thursday"
    )
    late = 23.5 * 3600
    assert (figures.day_of(ZoneInfo("UTC"), late), figures.day_of(ZoneInfo("Africa/Lagos"), late)) == (0, 1)


def test_people_are_counted_once_and_a_workers_case_once(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "1")
        case = connection.execute(
            insert(CaseRow).values(a_case(chat, "K7-42")).returning(CaseRow.id)
        ).scalar_one()
        for _ in range(3):
            figures.note_case(connection, chat, new_state("en"), 100)
        for _ in range(3):
            figures.note_case(
                connection, chat, new_state("en"), 101, case_id=case, who="case 1", place_id="p"
            )
        figures.note_photos(connection, chat, [None, "dark", None], 100)
    with reading(engine) as connection:
        assert figure_counts.per(connection, "case", "day", 90, 110) == {100: Cell(3, 1), 101: Cell(1, 1)}
        assert figure_counts.per(connection, "case", "week", 90, 110) == {95: Cell(4, 2)}
        assert figure_counts.per_week(connection, "case", "place_id", 88, 108) == {
            95: {"": Cell(3, 1), "p": Cell(1, 1)}
        }
        assert figure_counts.per_week(connection, "case", "code", 88, 108) == {95: {"none": Cell(4, 2)}}
        assert figure_counts.per_week(connection, "photo", "code", 88, 108) == {
            95: {"": Cell(2, 1), "dark": Cell(1, 1)}
        }
        assert figure_counts.per_week(connection, "photo", "code", 102, 108) == {}
    with transaction(engine) as connection:
        figures.forget_cases(connection, [case])
    with reading(engine) as connection:
        assert 101 not in figure_counts.per(connection, "case", "day", 90, 110)


def test_answers_and_outcomes_are_grouped_by_time_and_people(engine: Engine) -> None:
    with transaction(engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=1.0, active=True).returning(Person.id)
        ).scalar_one()
        worker, own = a_chat(connection, "1", person), a_chat(connection, "2")
        sent = [
            (worker, {"answered_at": 1000.0 + 60}), (worker, {"answered_at": 1000.0 + 3 * 3600}), (worker, {"answered_at": 1000 + 5 * DAY_S}),
            (worker, {}), (worker, {"closed_at": 2000.0, "outcome": "lost"}), (own, {"answered_at": 1060.0}), (own, {"answered_at": 1060.0}),
        ]  # fmt: skip
        for n, (chat, more) in enumerate(sent):
            connection.execute(insert(CaseRow).values(a_case(chat, f"K7-{n}", escalated_at=1000.0, **more)))
        connection.execute(insert(CaseRow).values(a_case(own, "K8-1", escalated_at=1001.0)))
    with reading(engine) as connection:
        assert figure_counts.answers(connection, (0, 999, 1001, 2000)) == {
            1: {"hour": Cell(3, 2), "four": Cell(1, 1), "longer": Cell(1, 1), "waiting": Cell(1, 1)},
            2: {"waiting": Cell(1, 1)},
        }
        assert figure_counts.answers(connection, (1002, 9999)) == {}
        assert figure_counts.outcomes(connection, (0, 2000, 2001, 9999)) == {1: {"lost": Cell(1, 1)}}


def test_every_week_has_its_own_numbers_and_people(engine: Engine) -> None:
    week = last_week()
    weeks = [week - 7 * n for n in range(11, -1, -1)]
    with transaction(engine) as connection:
        chat = a_chat(connection, "1")
        rows = []
        for n, monday in enumerate(weeks):
            rows += [figure(chat, monday + k % 7, f"p{k % 3}", urgency="today") for k in range(n)]
            rows += [figure(chat, monday + 6, f"q{k}", urgency="week") for k in range(n)]
        connection.execute(insert(Figure), rows)
        for n, monday in enumerate(weeks):
            for at in (monday * DAY_S, (monday + 7) * DAY_S - 1):
                row = a_case(chat, f"K{n}-{at % 10:.0f}", closed_at=at, outcome="seen")
                connection.execute(insert(CaseRow).values(row))
    with reading(engine) as connection:
        found = figure_counts.per_week(connection, "case", "urgency", weeks[0], week + 6)
        ended = figure_counts.outcomes(connection, [day * DAY_S for day in (*weeks, week + 7)])
    assert found == {
        monday: {"today": Cell(n, min(n, 3)), "week": Cell(n, min(n, 5))}
        for n, monday in enumerate(weeks)
        if n
    }
    assert ended == {n: {"seen": Cell(2, 1)} for n in range(12)}


def table_of(page: str, name: str) -> list[dict[str, str]]:
    """The rows of the table behind a plot, by column; '' is the week or day."""
    (section,) = re.findall(rf'<section class="card" id="{name}">(.*?)</section>', page, re.S)
    (head,) = re.findall(r"<thead>(.*?)</thead>", section, re.S)
    columns = ["", *re.findall(r'<th scope="col">([^<]*)</th>', head)[1:]]
    return [
        dict(zip(columns, re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row), strict=True))
        for row in re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.S)
    ]


def test_the_page_hides_small_groups_of_a_week_and_says_so(world: World) -> None:
    week = last_week()
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "1")
        rows = [figure(chat, week + n % 7, f"w{n}", urgency="week") for n in range(40)]
        rows += [figure(chat, week, f"t{n}", urgency="today") for n in range(17)]
        rows += [figure(chat, week, f"n{n}", urgency="now") for n in range(3)]
        rows += [figure(chat, week - 7, f"before {n}", urgency="now") for n in range(6)]
        rows += [figure(chat, week + 7, f"this week {n}") for n in range(9)]
        connection.execute(insert(Figure), rows)
    page = world.signed_in("asha").get("/plots").text
    told = table_of(page, "urgency")
    assert len(told) == 12, "and the week that has not ended is not there"
    last, before = told[-1], told[-2]
    assert (last["now"], last["today"]) == ("hidden", "hidden"), "or three could be told from the total"
    assert (last["within a week"], last["routine"]) == ("40", "0")
    assert (before["now"], before["today"]) == ("6", "0"), "each week for itself"
    assert [row["Number"] for row in table_of(page, "weeks")][-2:] == ["6", "60"]
    (urgency,) = re.findall(r'<section class="card" id="urgency">(.*?)</section>', page, re.S)
    assert 'role="img"' in urgency
    assert urgency.count('class="hidden-bar"') == 2
    assert "9" not in re.findall(r">(\d+)<", page), "no sum over the weeks: with it the three could be told"


def test_a_week_whose_total_is_hidden_shows_no_part(world: World) -> None:
    week = last_week()
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "1")
        rows = [figure(chat, week, f"a{n}", place_id="p") for n in range(3)]
        rows += [figure(chat, week - 7, f"b{n}", place_id="p") for n in range(8)]
        rows += [figure(chat, week - 14, f"c{n}", place_id="p") for n in range(20)]
        connection.execute(insert(Figure), rows)
    page = world.signed_in("asha").get("/plots").text
    weeks = [row["Number"] for row in table_of(page, "weeks")]
    assert weeks[-3:] == ["hidden", "8", "hidden"]
    for name, column in (("urgency", "within a week"), ("group", "nothing named"), ("place", DELETED)):
        assert [row[column] for row in table_of(page, name)][-3:] == ["hidden", "8", "hidden"], name


def test_of_photographs_the_share_that_was_sent_back_is_told_by_week_and_reason(world: World) -> None:
    week = last_week()

    def photos(monday: int, code: str, count: int) -> list[dict[str, object]]:
        return [
            figure(1, monday, f"{monday} {code} {n}", kind="photo", urgency="", code=code)
            for n in range(count)
        ]

    with transaction(world.engine) as connection:
        assert a_chat(connection, "1") == 1
        rows = photos(week, "", 30) + photos(week, "dark", 10) + photos(week - 7, "", 20)
        rows += photos(week - 14, "", 20) + photos(week - 14, "dark", 3) + photos(week - 14, "blurred", 9)
        connection.execute(insert(Figure), rows)
    third, second, last = table_of(world.signed_in("asha").get("/plots").text, "coach")[-3:]
    assert last["sent back, all together"] == last["too dark"] == "10 (25%)"
    assert last["blurred"] == "0"
    assert second["sent back, all together"] == "0"
    assert (third["too dark"], third["blurred"]) == ("hidden", "hidden")
    assert third["sent back, all together"] == "12 (38%)", "twelve people, of which none is singled out"


def test_a_place_that_is_in_the_list_no_more_has_no_id_on_a_page(world: World) -> None:
    week = last_week()
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "1")
        put(connection, [Place("kept-1", "Made-up clinic", "clinic", "KE", "x")])
        rows = [
            figure(chat, week, f"{place} {n}", place_id=place)
            for place in ("gone-1", "gone-2", "kept-1")
            for n in range(9)
        ]
        connection.execute(insert(Figure), rows)
    page = world.signed_in("asha").get("/plots").text
    assert "gone-" not in page
    columns = without_isolates(" ".join(table_of(page, "place")[-1]))
    assert columns == " a place that was deleted (1) a place that was deleted (2) Made-up clinic"


def test_the_places_with_most_are_drawn_and_all_are_in_the_table(world: World) -> None:
    week = last_week()
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "1")
        put(connection, [Place(f"place-{n}", f"place-{n}", "clinic", "KE", "x") for n in range(11)])
        rows = [
            figure(chat, week, f"{place} {n}", place_id=f"place-{place}")
            for place in range(11)
            for n in range(6 + place)
        ]
        connection.execute(insert(Figure), rows)
    page = world.signed_in("asha").get("/plots").text
    (section,) = re.findall(r'<section class="card" id="place">(.*?)</section>', page, re.S)
    drawn = re.findall(r'class="name"[^>]*>.?([\w-]+).?<', section)
    assert drawn == [f"place-{n}" for n in range(10, 2, -1)]
    assert len(table_of(page, "place")[-1]) == 12
    assert "the 8 with the highest numbers" in section


def test_a_page_of_too_few_people_says_nothing(world: World) -> None:
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "1")
        connection.execute(insert(Figure), [figure(chat, last_week(), f"p{n}") for n in range(4)])
    page = world.signed_in("asha").get("/plots").text
    assert "4" not in re.sub(r"<[^>]*>", "", "".join(re.findall(r"<tbody>.*?</tbody>", page, re.S))).replace(
        "2026", ""
    )
    assert page.count("Too few people") >= 4
    assert page.count("Nothing was counted") == 3


@pytest.mark.parametrize(("most", "top"), [(0, 5), (4, 5), (6, 10), (11, 20), (21, 50), (900, 1000)])
def test_an_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert top_of(most) == top


def test_pictures_escape_what_they_are_given_and_mirror() -> None:
    bars = [Bar('<b>"', 3), Bar("two", None), Bar("three", 0)]
    lines = [('<b>"', [3, None, 0])]
    for rtl in (False, True):
        for picture in (
            columns(bars, "<i>", str, rtl=rtl),
            strips(lines, ["<b>", "", ""], "<i>", str, rtl=rtl),
        ):
            assert "<b>" not in picture
            assert "<i>" not in picture
            assert picture.count('class="bar"') == 1
            assert picture.count('class="hidden-bar"') == 1
            assert "style=" not in picture
    left, right = (
        re.findall(r'class="bar" d="M([\d.]+)', strips(lines, ["", "", ""], "t", str, rtl=rtl))
        for rtl in (False, True)
    )
    assert float(left[0]) < 100 < 200 < float(right[0])


def test_small_plots_of_one_picture_have_one_scale() -> None:
    picture = strips([("a", [60, 30]), ("b", [6, 0])], ["", ""], "t", str, rtl=False)
    tall = [float(one) for one in re.findall(r"v([\d.]+)h-", picture)]
    assert tall == [40.0, 20.0, 4.0]
    assert re.findall(r">(\d+)<", picture) == ["60", "0"] * 2


def test_who_may_not_see_plots_does_not(world: World) -> None:
    assert world.signed_in("bisi", "clinician").get("/plots").status_code == 403
    with reading(world.engine) as connection:
        assert connection.execute(select(Figure)).all() == []
