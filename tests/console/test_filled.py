"""English in a page of another language says that it is English."""

from __future__ import annotations

import pytest

import locales
from bot.web.console.filled import BEGIN, END, marked, told_apart
from locales.catalogue import Entry, Translations
from tests.console.world import World

HERE = '<span lang="en" dir="ltr">'


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("<p>Habari</p>", "<p>Habari</p>"),
        (f"<p>{marked('All')}: 3</p>", f"<p>{HERE}All</span>: 3</p>"),
        (f'<a title="{marked("Go on")}">{marked("On")}</a>', f'<a title="Go on">{HERE}On</span></a>'),
        (f'<option value="x">{marked("All")}</option>', '<option value="x" lang="en" dir="ltr">All</option>'),
        (f"<title>{marked('Cases')} – Ngozi</title>", "<title>Cases – Ngozi</title>"),
        (f"<p>{END}a{BEGIN}<b>c</b>{END}</p>", "<p>a<b>c</b></p>"),
        (f"{marked('a')}{marked('b')}", f"{HERE}a</span>{HERE}b</span>"),
        (f"<p>{marked(f'made for an {marked(chr(97))}')}</p>", f"<p>{HERE}made for an a</span></p>"),
    ],
)
def test_a_marked_sentence_is_told_apart_where_an_element_can_stand(page: str, wanted: str) -> None:
    assert told_apart(page) == wanted


def test_a_sentence_that_the_pack_lacks_is_english_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = Translations.of
    lacks = {"console.nav.cases", "console.cases.filter", "console.audit.all", "console.problem.not_there"}

    def without(self: Translations, entry: Entry) -> tuple[str, ...]:
        found = of(self, entry)
        return () if entry.id in lacks and found != entry.source else found

    asha = world.signed_in("asha", "clinician")
    assert asha.post("/account/language", {"language": "ar"}).status_code == 303
    assert HERE not in asha.get("/cases").text
    monkeypatch.setattr(Translations, "of", without)
    page = asha.get("/cases").text
    assert '<html lang="ar" dir="rtl">' in page
    assert f"<h1>{HERE}Cases</span></h1>" in page
    assert f"<summary>{HERE}Filter</span></summary>" in page
    assert '<option value="" lang="en" dir="ltr">everything</option>' in page
    assert "<title>Cases – Ngozi</title>" in page
    assert f"{HERE}" in asha.get("/nothing").text
    assert not {BEGIN, END} & set(page)
    assert asha.post("/account/language", {"language": "en"}).status_code == 303
    assert HERE not in asha.get("/cases").text, "English is nothing else there"


def test_what_code_makes_of_sentences_says_so_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems, titles and labels that no template writes."""
    of = Translations.of
    lacks = (
        "console.people.bad_name",
        "console.people.login_title",
        "console.role.",
        "console.password.differ",
    )

    def without(self: Translations, entry: Entry) -> tuple[str, ...]:
        found = of(self, entry)
        return () if entry.id.startswith(lacks) and found != entry.source else found

    amina = world.signed_in("amina", "admin")
    assert amina.post("/account/language", {"language": "ar"}).status_code == 303
    monkeypatch.setattr(Translations, "of", without)
    role = HERE + locales.library().entry("console.role.admin").source[0]
    assert role in amina.get("/account").text
    typed = {"new": "twelve letters", "again": "others", "password": "x"}
    differ = HERE + locales.library().entry("console.password.differ").source[0]
    assert differ in amina.post("/account/password", typed).text
    named = {"name": "?", "role": "clinician"}
    bad = amina.post("/people/login", named, form="/people").text
    assert HERE + locales.library().entry("console.people.bad_name").source[0][:12] in bad
    made = amina.post("/people/login", named | {"name": "baraka"}, form="/people").text
    title = locales.library().entry("console.people.login_title").source[0]
    assert f"<h1>{HERE}{title}</span>" in made
    assert f"<title>{title}" in made
    for page in (bad, made):
        assert not {BEGIN, END} & set(page)
