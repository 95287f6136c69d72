"""The directory of places: the nearest is the nearest, and a bad file changes nothing."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from bot import place_file, places
from bot.database import transaction
from bot.place import Place, distance_km, emergency, nearest_of
from bot.place_file import COLUMNS, BadPlaces
from bot.tables import Audit

EXAMPLE = Path(__file__).parents[2] / "deploy" / "places.example.csv"
GOOD = {
    "id": "mtoni",
    "name": "Mtoni Clinic",
    "kind": "clinic",
    "country": "TZ",
    "region": "Mtoni",
    "lat": "-3.3875",
    "lon": "36.6998",
    "phone": "+255 000 000 002",
    "hours": "Mon to Fri 8:00 to 18:00",
    "languages": "sw;en",
    "services": "general;child",
    "active": "yes",
}
lat = st.floats(-90, 90)
lon = st.floats(-180, 180)


def a_file(*rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def faults(data: bytes) -> list[str]:
    with pytest.raises(BadPlaces) as bad:
        place_file.read(data)
    return [str(fault) for fault in bad.value.faults]


def test_the_example_is_read_and_found_again(engine: Engine) -> None:
    read = place_file.read(EXAMPLE.read_bytes())
    with transaction(engine) as connection:
        assert places.put(connection, read) == places.Changes(5, 0, 0, 0)
        assert places.all_places(connection) == sorted(read, key=lambda p: p.id)
        assert places.put(connection, read) == places.Changes(0, 0, 5, 0)
        # From Mtoni: the clinic there; for skin the clinic in town; the outreach team is not active and has no point.
        near = nearest_of(places.all_places(connection), -3.388, 36.700)
        assert [p.id for p, _ in near] == ["mtoni-clinic", "kijani-post", "ziwani-skin"]
        assert near[0][1] < 0.1
        assert [p.id for p, _ in nearest_of(places.all_places(connection), -3.388, 36.700, "skin")] == [
            "ziwani-skin"
        ]


def test_a_second_import_changes_and_deletes_only_where_told(engine: Engine) -> None:
    first, second, third = (Place(i, f"Place {i}", "clinic", "TZ", "Mtoni") for i in "abc")
    with transaction(engine) as connection:
        places.put(connection, [first, second])
        moved = replace(second, phone="112", services=("skin",), lat=1.0, lon=2.0)
        assert places.put(connection, [moved, third]) == places.Changes(1, 1, 0, 0)
        assert places.all_places(connection) == [first, moved, third]
        assert places.put(connection, [third], replace=True) == places.Changes(0, 0, 1, 2)
        assert places.all_places(connection) == [third]
    with transaction(engine) as connection:
        assert connection.execute(select(Audit.details).order_by(Audit.id.desc()).limit(1)).scalar_one() == {
            "added": 0,
            "changed": 0,
            "same": 1,
            "removed": 2,
            "closed": 0,
        }


def test_distances_are_those_of_the_atlas() -> None:
    # Great circles: a quarter of the meridian; Dar es Salaam to Nairobi, 670 km.
    assert distance_km(0, 0, 90, 0) == pytest.approx(math.pi / 2 * 6371)
    assert distance_km(-6.7924, 39.2083, -1.2921, 36.8219) == pytest.approx(666, abs=6)
    assert distance_km(0, 179.9, 0, -179.9) == pytest.approx(22.2, abs=0.1)


@given(lat, lon, lat, lon)
def test_a_way_is_as_long_there_as_back(a: float, b: float, c: float, d: float) -> None:
    there, back = distance_km(a, b, c, d), distance_km(c, d, a, b)
    assert 0 <= there <= math.pi * 6371 + 1
    assert there == pytest.approx(back, abs=1e-6)


@given(lat, lon, st.lists(st.tuples(lat, lon, st.booleans(), st.booleans()), max_size=8))
def test_the_nearest_is_the_nearest_of_those_that_serve(
    at: float, on: float, points: list[tuple[float, float, bool, bool]]
) -> None:
    made = [
        Place(str(n), str(n), "clinic", "TZ", "X", y, x, services=("skin",) if skin else (), active=active)
        for n, (y, x, skin, active) in enumerate(points)
    ]
    found = nearest_of(
        [*made, Place("none", "none", "clinic", "TZ", "X", services=("skin",))], at, on, "skin", 1
    )
    fit = [
        distance_km(at, on, p.lat, p.lon)
        for p in made
        if p.active and p.services and p.lat is not None and p.lon is not None
    ]
    assert [km for _, km in found] == sorted(fit)[:1]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("name", "=HYPERLINK(1)", "begins like a formula"),
        ("name", "@home", "begins like a formula"),
        ("name", "-2+3", "begins like a formula"),
        ("name", "＝1", "begins like a formula"),
        ("name", "Best www.clinic.example", "looks like a link"),
        ("name", "clinic.org", "looks like a link"),
        ("name", "write to a@b", "looks like a link"),
        ("hours", "see http://x", "looks like a link"),
        ("region", "<b>Mtoni</b>", "holds a mark"),
        ("name", "...", "has no letter"),
        ("name", "", "is empty"),
        ("name", "x" * 121, "has 121 characters"),
        ("name", "two\nlines", "line break or tab"),
        ("id", "a b", "letters, digits"),
        ("kind", "shop", "expected one of post, clinic"),
        ("country", "T", "two large letters"),
        ("country", "ZZ", "two large letters"),
        ("lat", "-90.01", "expected degrees from -90 to 90"),
        ("lat", "3,5,1", "expected degrees"),
        ("lat", "nan", "expected degrees"),
        ("lat", "1e1", "expected degrees"),
        ("lat", "", "lat and lon come together"),
        ("lon", "180.5", "expected degrees from -180 to 180"),
        ("phone", "call me", "expected 3 to 15 digits"),
        ("phone", "=+255", "expected 3 to 15 digits"),
        ("phone", "1234567890123456", "expected 3 to 15 digits"),
        ("languages", "sw;klingon", "no language that Babel knows"),
        ("services", "skin;magic", "'magic' is no service"),
        ("active", "maybe", "expected one of yes, no"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_line_and_reason(column: str, cell: str, reason: str) -> None:
    found = faults(a_file(GOOD, {**GOOD, "id": "other", "name": "Other", column: cell}))
    assert len(found) == 1
    assert found[0].startswith("line 3, ")
    assert reason in found[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "line 1: the header is ''; expected id,name,kind"),
        (b"id;name;kind\n", "line 1: the header is"),
        (a_file(GOOD, header=("id", "name")), "expected id,name,kind"),
        (b"id,id,name,kind,country,region\n", "line 1: the header is"),
        (a_file(), "file: holds no place"),
        (a_file(GOOD).replace(b"Mtoni Clinic", b"Mtoni Clini\xe9"), "line 2: is not UTF-8"),
        (a_file(GOOD).replace(b"Mtoni Clinic", "Mtoni \u202eClinic".encode()), "line 2: holds the invisible character U+202E"),
        (a_file(GOOD).replace(b"Mtoni Clinic", b"Mtoni\0Clinic"), "line 2: holds the invisible character U+0000"),
        (a_file(GOOD).replace(b"Mtoni Clinic", b'"Mtoni" Clinic'), "line 2: is no CSV"),
        (a_file(GOOD) + b"a,b\r\n", "line 3: has 2 cells; expected 13"),
        (a_file(GOOD, GOOD), "line 3, id: 'mtoni' stands in line 2 already"),
        (a_file(GOOD, {**GOOD, "id": "other", "name": "MTONI  clinic"}), "line 3, name: 'MTONI clinic' stands in line 2 already"),
        (a_file({**GOOD, "lat": "0", "lon": "0.0"}), "line 2, lat: 0, 0 lies in the sea"),
        (b"x" * 2_000_001, "file: has 2000001 bytes"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    assert reason in faults(data)[0]


def test_all_faults_are_named_at_once_up_to_a_bound() -> None:
    found = faults(a_file(*({**GOOD, "id": f"p{n}", "name": "=x", "kind": "?"} for n in range(60))))
    assert len(found) == 50
    assert found[1] == "line 2, kind: is '?'; expected one of post, clinic, hospital, specialist, other"


def test_what_a_spreadsheet_adds_is_understood() -> None:
    data = (
        b"\xef\xbb\xbf"
        + a_file({**GOOD, "name": "  Mtoni   Clinic ", "languages": "sw, en", "active": ""})
        + b",,,,,,,,,,,\r\n"
    )
    (place,) = place_file.read(data)
    assert (place.name, place.languages, place.active) == ("Mtoni Clinic", ("sw", "en"), True)
    assert (
        place.map_link
        == "https://www.openstreetmap.org/?mlat=-3.38750&mlon=36.69980#map=16/-3.38750/36.69980"
    )


def test_what_a_spreadsheet_corrects_by_itself_is_understood() -> None:
    rows = a_file({**GOOD, "kind": "Clinic", "country": "tz", "active": "TRUE", "languages": "SW;en"})
    (place,) = place_file.read(rows.replace(b"id,name,kind", b"Id,NAME,Kind"))
    assert (place.kind, place.country, place.active, place.languages) == ("clinic", "TZ", True, ("sw", "en"))
    (shut,) = place_file.read(a_file({**GOOD, "active": "No"}))
    assert not shut.active


def test_nameless_columns_at_the_end_are_left_out_where_they_are_empty() -> None:
    lines = a_file(GOOD).decode().splitlines()
    (place,) = place_file.read("\r\n".join(f"{line},," for line in lines).encode())
    assert place.id == "mtoni"
    assert "has 14 cells" in faults(f"{lines[0]},\r\n{lines[1]},?\r\n".encode())[0]


def test_a_file_of_semicolons_has_its_degrees_with_a_comma_and_is_written_so() -> None:
    (place,) = place_file.read(a_file(GOOD))
    written = place_file.write([place_file.row_of(place)], comma=True)
    assert b";-3,3875;36,6998;" in written
    assert place_file.read(written) == [place]
    assert place_file.read(place_file.write([place_file.row_of(place)])) == [place]


def test_a_column_that_the_file_lacks_takes_nothing_from_a_known_place() -> None:
    (there,) = place_file.read(a_file({**GOOD, "active": "no", "directions": "Behind the market"}))
    short = ("id", "name", "kind", "country", "region")
    (read,) = place_file.read(a_file({**GOOD, "name": "Mtoni Ward"}, header=short), [there])
    assert read == replace(there, name="Mtoni Ward")
    (fresh,) = place_file.read(a_file({**GOOD, "id": "new"}, header=short), [there])
    assert (fresh.phone, fresh.active) == ("", True)
    (emptied,) = place_file.read(a_file({**GOOD, "phone": "", "active": ""}), [there])
    assert (emptied.phone, emptied.active) == ("", False), "an empty cell empties, and opens nothing"
    half = (*short, "lat")
    with pytest.raises(BadPlaces, match="lat and lon come together"):
        place_file.read(a_file({**GOOD, "lat": ""}, header=half), [there])


def test_a_place_that_stands_there_by_another_id_is_refused_with_that_id() -> None:
    (there,) = place_file.read(a_file(GOOD))
    again = a_file({**GOOD, "id": "k-9", "name": "MTONI clinic"})
    with pytest.raises(BadPlaces) as bad:
        place_file.read(again, [there])
    assert [str(one) for one in bad.value.faults] == [
        "line 2, name: 'MTONI clinic' stands in this region already, with the id 'mtoni'; expected that id, or another name"
    ]
    assert place_file.read(again, [there], alone=True), "the other leaves"
    assert place_file.read(again, [replace(there, active=False)]), "nobody is sent to the other"
    assert place_file.read(a_file({**GOOD, "name": "Other"}, {**GOOD, "id": "k-9"}), [there]), "renamed there"


def test_names_of_every_script_are_taken() -> None:
    for name in (
        "عيادة متوني",
        "የጤና ጣቢያ",
        "स्वास्थ्य केंद्र",
        "Clínica São José",
        "Centre de santé n° 4",
        "St. Mary's Clinic",
    ):
        (place,) = place_file.read(a_file({**GOOD, "name": name}))
        assert place.name == name


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(BadPlaces):
        place_file.read(data)


cell = st.one_of(
    st.sampled_from(["", "=1", "TZ", "clinic", "sw", "skin", "yes", "1.5", "\u202e", '"', "a,b", "\n"]),
    st.text(max_size=12),
)


@given(st.lists(st.lists(cell, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=4))
def test_no_file_crashes_the_reader_and_what_is_read_can_be_shown(rows: list[list[str]]) -> None:
    data = (
        a_file(*(dict(zip(COLUMNS, row, strict=True)) for row in rows))
        if not any("\ud800" <= c <= "\udfff" for r in rows for x in r for c in x)
        else b""
    )
    try:
        read = place_file.read(data)
    except BadPlaces as bad:
        assert bad.faults
        return
    for place in read:
        assert place.name
        assert not place.name.startswith(("=", "+", "-", "@"))
        assert len({p.id for p in read}) == len(read)


def test_in_an_emergency_the_nearest_or_the_only_fitting_place_is_named_and_never_a_guess() -> None:
    post = Place("p", "Post", "post", "TZ", "A", 0.0, 0.0)
    clinic = Place("c", "Clinic", "clinic", "TZ", "A", 0.0, 1.0)
    ward = Place("w", "Ward", "other", "TZ", "A", 0.0, 9.0, services=("emergency",))
    assert emergency([]) is None
    assert emergency([post]) is None, "a post is not where an emergency goes"
    assert emergency([post, clinic]) == clinic
    assert emergency([post, clinic, ward]) == ward, "the one that says that it takes emergencies"
    other = replace(ward, id="x", lon=2.0)
    assert emergency([ward, other]) is None, "nobody knows which of the two"
    assert emergency([post, clinic, ward, other], (0.0, 0.0)) == other
    assert emergency([replace(clinic, active=False)]) is None


def test_the_database_names_the_same_place_in_an_emergency_as_the_whole_directory(engine: Engine) -> None:
    post = Place("p", "Post", "post", "TZ", "A", 0.0, 0.0, services=("general",))
    clinic = Place("c", "Clinic", "clinic", "TZ", "A", 0.0, 1.0)
    hospital = Place("h", "Hospital", "hospital", "TZ", "A", 0.0, 3.0, services=("skin",))
    ward = Place("w", "Ward", "other", "TZ", "A", 0.0, 9.0, services=("skin", "emergency"))
    second = replace(ward, id="x", name="Second", lon=2.0)
    shut = replace(ward, id="s", name="Shut", active=False)
    for there in (
        [],
        [post],
        [post, clinic],
        [clinic, hospital, shut],
        [clinic, ward],
        [post, ward, second, shut],
    ):
        with transaction(engine) as connection:
            places.put(connection, there, replace=True)
            for point in (None, (0.0, 0.0), (0.0, 8.0)):
                named = places.emergency_in(connection, point)
                assert named == emergency(places.all_places(connection), point), (there, point)
            some = emergency(places.all_places(connection), (0.0, 0.0)) is not None
            assert places.for_emergencies(connection) == some, there
