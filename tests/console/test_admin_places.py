"""Referral places at the console: a file lands whole or not at all, and comes out as it went in."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot import place_cells, place_file, places
from bot.database import reading, transaction
from bot.place import KINDS, Place
from bot.tables import Audit, CaseRow
from locales.placeholders import without_isolates
from tests.console.desk_world import a_case
from tests.console.world import Browser, World

EXAMPLE = (Path(__file__).parents[2] / "deploy" / "places.example.csv").read_bytes()
FIELDS = {
    "new": "1", "id": "mtoni-2", "name": "Mtoni Two", "kind": "clinic", "country": "TZ", "region": "Mtoni", "lat": "-3.4",
    "lon": "36.7", "phone": "+255 000 000 009", "hours": "Mon to Fri 8:00 to 15:00", "directions": "Behind the market",
    "languages": "sw;en", "services": "skin", "active": "yes",
}  # fmt: skip


def known(world: World) -> list[Place]:
    with reading(world.engine) as connection:
        return places.all_places(connection)


def send(browser: Browser, data: bytes, **more: str) -> object:
    files = {"file": ("places.csv", data, "text/csv")}
    return browser.post("/places/import", more, files=files)


def replaced(browser: Browser, data: bytes) -> object:
    """Takes the file in place of the list: what is asked is answered with yes."""
    asked = send(browser, data, replace="1")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text))
    return browser.client.post("/console/places/import", data=hidden)


def test_a_file_is_taken_whole_and_comes_out_the_same(world: World) -> None:
    asha = world.signed_in("asha")
    assert send(asha, EXAMPLE).status_code == 200
    read = place_file.read(EXAMPLE)
    assert known(world) == sorted(read, key=lambda place: place.id)
    out = asha.get("/places.csv")
    assert out.headers["content-disposition"] == 'attachment; filename="places.csv"'
    assert place_file.read(out.content) == known(world)


def test_a_file_with_a_fault_changes_nothing_and_names_each_line(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    before = known(world)
    lines = EXAMPLE.decode().splitlines()
    bad = "\n".join([lines[0], lines[1].replace("TZ", "QQ"), lines[2].replace("clinic,TZ", "palace,TZ")])
    page = send(asha, bad.encode(), replace="1")
    assert page.status_code == 400
    assert "line 2, country" in page.text
    assert "line 3, kind" in page.text
    assert known(world) == before
    assert send(asha, b"\xff\xfe").status_code == 400
    assert send(asha, b"").status_code == 400
    assert asha.post("/places/import", {}).status_code == 400
    assert known(world) == before


def test_only_where_it_is_asked_for_are_other_places_deleted(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    one = b"\n".join(EXAMPLE.splitlines()[:2])
    send(asha, one)
    assert len(known(world)) > 1
    assert replaced(asha, one).status_code == 200
    assert len(known(world)) == 1


def test_a_list_of_names_takes_no_number_and_opens_no_closed_place(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    first = known(world)[0]
    asha.post(f"/places/at/{first.id}/open", {"open": "no"})
    before = known(world)
    assert not before[0].active
    rows = [f"{one.id},{one.name},{one.kind},{one.country},{one.region}" for one in before]
    listed = "\n".join(["id,name,kind,country,region", *rows])
    assert send(asha, listed.encode()).status_code == 200
    assert known(world) == before
    assert replaced(asha, "\n".join(listed.splitlines()[:2]).encode()).status_code == 200
    assert known(world) == before[:1]


def test_no_place_stands_twice_by_a_file_or_by_opening_it(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    first = next(one for one in known(world) if one.active)
    again = place_file.write([place_file.row_of(replace(first, id="k-9"))])
    page = send(asha, again)
    assert page.status_code == 400
    assert first.id in page.text
    assert first.id in [one.id for one in known(world)]
    assert "k-9" not in [one.id for one in known(world)]
    asha.post(f"/places/at/{first.id}/open", {"open": "no"})
    assert send(asha, again).status_code == 200
    refused = asha.post(f"/places/at/{first.id}/open", {"open": "yes"})
    assert refused.status_code == 400
    assert "A place of this name stands in this region already." in refused.text


def test_before_places_are_deleted_it_is_asked_with_their_names_and_nothing_is_written(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    stays, *go = known(world)
    one = place_file.write([place_file.row_of(stays)])
    asked = send(asha, one, replace="1")
    assert asked.status_code == 200
    text = unescape(asked.text)
    assert f"{len(go)} places are not in the file" in text
    assert f"Will be deleted: {len(go)}" in text
    assert all(f"<bdi>{place.name}</bdi>" in text for place in go)
    assert f"<bdi>{stays.name}</bdi>" not in text
    assert known(world) == [stays, *go]
    # Somebody else adds a place meanwhile: nobody was asked about that one.
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text))
    asha.post("/places/save", FIELDS)
    again = asha.client.post("/console/places/import", data=hidden)
    assert FIELDS["name"] in again.text
    assert len(known(world)) == len(go) + 2
    done = replaced(asha, one)
    assert f"deleted: {len(go) + 1}" in done.text
    assert known(world) == [stays]
    assert "Are you sure?" not in send(asha, one, replace="1").text, "nothing would go"


def test_a_place_that_a_case_names_is_closed_and_the_case_keeps_its_name(packs_world: World) -> None:
    asha, dr = packs_world.signed_in("asha"), packs_world.signed_in("dr", "clinician")
    send(asha, EXAMPLE)
    stays, other, named, *_ = known(packs_world)
    case = a_case(packs_world)
    with transaction(packs_world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(place_id=named.id))
    one = place_file.write([place_file.row_of(stays)])
    asked = without_isolates(unescape(send(asha, one, replace="1").text))
    closed, deleted = asked.split("Will be closed, not deleted: 1.")[1], asked.split("Will be closed")[0]
    assert named.name in closed
    assert other.name in deleted
    assert named.name not in deleted
    done = replaced(asha, one).text
    assert "Closed because cases name them: 1." in done
    assert known(packs_world) == sorted([stays, replace(named, active=False)], key=lambda place: place.id)
    assert named.name in dr.get(f"/cases/{case.code}").text


def test_a_file_of_a_spreadsheet_that_parts_cells_with_semicolons_is_taken_too(world: World) -> None:
    asha = world.signed_in("asha")
    rows = list(csv.reader(io.StringIO(EXAMPLE.decode("utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    assert send(asha, out.getvalue().encode("utf-8-sig")).status_code == 200
    assert known(world) == sorted(place_file.read(EXAMPLE), key=lambda place: place.id)


def test_a_file_of_places_leaves_its_counts_and_hashes_in_the_trail(world: World) -> None:
    asha = world.signed_in("asha")
    send(asha, EXAMPLE)
    one = b"\n".join(EXAMPLE.splitlines()[:2])
    replaced(asha, one)
    send(asha, one)
    with reading(world.engine) as connection:
        rows = connection.execute(
            select(Audit).where(Audit.what == "places_imported").order_by(Audit.id)
        ).all()
    first, second, third = rows
    assert {row.by_person for row in rows} == {asha.person_id}
    assert (first.before["places"], first.after["places"], second.after["places"]) == (0, 5, 1)
    assert (second.details["removed"], third.details["same"]) == (4, 1)
    assert first.after == second.before
    assert second.before["sha256"] != second.after["sha256"]
    assert third.before == third.after, "nothing changed"
    assert known(world)[0].name not in str(rows)


def test_a_place_is_added_changed_and_closed_with_a_trace(world: World) -> None:
    asha = world.signed_in("asha")
    assert asha.post("/places/save", FIELDS).status_code == 303
    (place,) = known(world)
    assert (place.directions, place.languages, place.services) == (
        "Behind the market",
        ("sw", "en"),
        ("skin",),
    )
    changed = {**FIELDS, "new": "0", "hours": "daily"}
    assert asha.post("/places/save", changed).status_code == 303
    assert asha.post("/places/at/mtoni-2/open", {"open": "no"}).status_code == 303
    (place,) = known(world)
    assert (place.hours, place.active) == ("daily", False)
    with reading(world.engine) as connection:
        rows = connection.execute(select(Audit).where(Audit.subject == "mtoni-2").order_by(Audit.id)).all()
    assert [(row.what, row.details["fields"]) for row in rows] == [
        ("place_added", []),
        ("place_changed", ["hours"]),
        ("place_changed", ["active"]),
    ]
    assert {row.by_person for row in rows} == {asha.person_id}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"id": "a b"}, {"country": "Tanzania"}, {"lat": "91"}, {"lon": ""}, {"phone": "call"},
        {"hours": "=1+1"}, {"directions": "see http://x"}, {"kind": "palace"}, {"languages": "klingonish"}, {"name": "a\nb"},
    ],
)  # fmt: skip
def test_a_form_is_judged_like_a_line_of_a_file(world: World, wrong: dict[str, str]) -> None:
    asha = world.signed_in("asha")
    page = asha.post("/places/save", {**FIELDS, **wrong})
    assert page.status_code == 400
    assert "Nothing was taken" in page.text
    assert known(world) == []


def test_a_new_place_takes_nobody_elses_code_or_name(world: World) -> None:
    asha = world.signed_in("asha")
    asha.post("/places/save", FIELDS)
    assert "has this code" in asha.post("/places/save", {**FIELDS, "name": "Other"}).text
    assert "stands in this region" in asha.post("/places/save", {**FIELDS, "id": "other"}).text
    assert "not there any more" in asha.post("/places/save", {**FIELDS, "id": "gone", "new": "0"}).text
    assert [place.id for place in known(world)] == ["mtoni-2"]


def test_of_two_who_change_a_place_the_second_is_shown_both_and_overwrites_nothing(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi")
    asha.post("/places/save", FIELDS)

    def form(page: str) -> dict[str, str]:
        (mark,) = re.findall(r'name="mark" value="(\w+)"', page)
        return {**FIELDS, "new": "0", "mark": mark}

    one, two = (form(who.get("/places/at/mtoni-2").text) for who in (asha, bisi))
    assert asha.post("/places/save", {**one, "phone": "+255 000 000 111"}).status_code == 303
    wrong = bisi.post("/places/save", {**two, "name": "Mtoni Three", "kind": "palace"})
    assert wrong.status_code == 400
    assert form(wrong.text)["mark"] == two["mark"]
    refused = bisi.post("/places/save", {**two, "name": "Mtoni Three"})
    assert refused.status_code == 409
    assert 'value="Mtoni Three"' in refused.text
    assert "Now: Mtoni Two" in without_isolates(refused.text)
    assert "Now: +255 000 000 111" in without_isolates(refused.text)
    (place,) = known(world)
    assert (place.name, place.phone) == ("Mtoni Two", "+255 000 000 111")
    assert bisi.post("/places/save", {**form(refused.text), "name": "Mtoni Three"}).status_code == 303
    assert known(world)[0].name == "Mtoni Three"


def test_whoever_only_sees_places_gets_no_button(world: World) -> None:
    world.signed_in("asha").post("/places/save", FIELDS)
    bisi = world.signed_in("bisi", "chw")
    page = bisi.get("/places/at/mtoni-2")
    assert page.status_code == 200
    assert "Save" not in page.text
    assert "/places/import" not in bisi.get("/places").text
    assert bisi.get("/places/at/nothing").status_code == 404


words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20).filter(
    lambda text: place_cells._words(" ".join(text.split())) == ""
)


@given(
    st.builds(
        Place, id=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), name=words, kind=st.sampled_from(KINDS),
        country=st.sampled_from(("TZ", "NG", "EG")), region=words, lat=st.floats(-89, -1).map(lambda x: round(x, 5)),
        lon=st.floats(1, 170).map(lambda x: round(x, 5)), hours=words, directions=words,
        languages=st.sampled_from(((), ("sw",), ("sw", "en"))), services=st.sampled_from(((), ("skin",), ("skin", "ntd"))),
        active=st.booleans(),
    )
)  # fmt: skip
def test_a_place_written_to_a_file_is_read_back_as_it_was(place: Place) -> None:
    assert place_file.read(place_file.write([place_file.row_of(place)])) == [place]
