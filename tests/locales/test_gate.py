"""Each class of fault is planted once in a good pack and must be found; the good pack must pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import locales
from locales import sentences
from locales.gate import Problem, check
from tests.locales.folders import ARABIC_PLURAL, SWAHILI_PLURAL, add_pack, edit, folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return folder(tmp_path)


def po(root: Path, code: str = "sw") -> Path:
    return root / code / "LC_MESSAGES" / "ngozi.po"


def test_good_packs_pass(root: Path) -> None:
    assert check(root) == []


def found(root: Path, kind: str, message_id: str | None = None) -> list[Problem]:
    problems = [p for p in check(root) if p.kind == kind and message_id in (None, p.id)]
    assert problems, f"no problem of kind {kind!r}; found {[str(p) for p in check(root)]}"
    return problems


FAULTS = [
    ("a dropped placeholder", "siku {days}", "siku kadhaa", "placeholder", "consent.ask"),
    ("a renamed placeholder", "kutoka {place} imefika", "kutoka {mahali} imefika", "placeholder", "photos.received"),
    ("an added placeholder", "Nenda sasa.", "Nenda {place} sasa.", "placeholder", "danger.go"),
    ("a placeholder lost in one plural form", "{place} zimefika", "hapa zimefika", "placeholder", "photos.received"),
    ("a count lost where many numbers share a form", "Picha {count} kutoka {place} zimefika", "Picha kutoka {place} zimefika", "placeholder", "photos.received"),
    ("an attribute of an argument", "siku {days}", "siku {days} {days.real}", "brace", "consent.ask"),
    ("a brace that is left open", "Usisubiri.", "Usisubiri{.", "brace", "danger.go"),
    ("a placeholder in capitals", "siku {days}", "siku {DAYS}", "brace", "consent.ask"),
    ("a plural form too few", 'msgstr[1] "Picha {count} kutoka {place} zimefika."\n', "", "plural-count", "photos.received"),
    ("a text too long for its button", '"Orodha"', '"Orodha ndefu kuliko kitufe"', "too-long", "button.menu"),
    ("a text too long for any chat", "Usisubiri.", "Usisubiri. " * 80, "too-long", "danger.go"),
    ("a tier 1 sentence that is not translated", '"Nenda sasa. Usisubiri. Usipohudumiwa kwa saa 2, piga simu."', '""', "missing", "danger.go"),
    ("HTML", "Nenda sasa.", "<b>Nenda sasa.</b>", "markup", "danger.go"),
    ("an HTML entity", "Nenda sasa.", "Nenda&nbsp;sasa.", "markup", "danger.go"),
    ("chat markup", "Nenda sasa.", "*Nenda sasa.*", "markup", "danger.go"),
    ("a mark that steers direction", "Nenda sasa.", "\u202eNenda sasa.", "bidi", "danger.go"),
    ("an isolate that the code should set", "siku {days}", "siku \u2068{days}\u2069", "bidi", "consent.ask"),
    ("a control character", "Nenda sasa.", "Nenda\u0007 sasa.", "character", "danger.go"),
    ("an invisible character", "Nenda sasa.", "Nenda\u200b sasa.", "character", "danger.go"),
    ("a broken character", "Nenda sasa.", "Nenda\ufffd sasa.", "character", "danger.go"),
    ("a link", "piga simu.", "tazama https://example.org/a.", "link", "danger.go"),
    ("a messenger link", "piga simu.", "piga simu t.me/someone.", "link", "danger.go"),
    ("an e-mail address", "piga simu.", "andika a@example.org.", "link", "danger.go"),
    ("a bare address", "piga simu.", "tazama ngozi-msaada.com/pay sasa.", "link", "danger.go"),
    ("a short address", "piga simu.", "andika kwa bit.ly/daktari.", "link", "danger.go"),
    ("an address of a country", "piga simu.", "tazama daktari.co.ke.", "link", "danger.go"),
    ("an address of one letter", "piga simu.", "tazama x.com.", "link", "danger.go"),
    ("an address with a part before", "piga simu.", "tazama chat.whatsapp.com/Abc.", "link", "danger.go"),
    ("an address with a wide point", "piga simu.", "tazama t．me/abc.", "link", "danger.go"),
    ("an address with a wide colon", "piga simu.", "tazama https：//evil/x.", "link", "danger.go"),
    ("an address with a Chinese full stop", "piga simu.", "tazama daktari。com.", "link", "danger.go"),
    ("an address in other letters", "piga simu.", "tazama साइट.भारत.", "link", "danger.go"),
    ("an address with something unseen in it", "piga simu.", "tazama bit\u200c.ly\u200d/a.", "link", "danger.go"),
    ("an address around an argument", "siku {days}", "siku {days}.com", "link", "consent.ask"),
    ("an address that is spelled out", "piga simu.", "andika daktari (at) gmail.", "link", "danger.go"),
    ("a name of a messenger", "piga simu.", "andika @daktari.", "link", "danger.go"),
    ("a phone number", "piga simu.", "piga simu +1 555 0100 123.", "phone", "danger.go"),
    ("a phone number in circled digits", "piga simu.", "piga simu ⓪⑦①②③④⑤⑥.", "phone", "danger.go"),
    ("a phone number in black circles", "piga simu.", "piga simu ➐➊➋➌➍➎➏.", "phone", "danger.go"),
    ("a phone number on keys", "piga simu.", "piga simu 0\ufe0f\u20e37\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e3.", "phone", "danger.go"),
    ("a phone number with dashes", "piga simu.", "piga simu 0712–345–678.", "phone", "danger.go"),
    ("a number in a circle that is added", "Usisubiri.", "Usisubiri siku ③.", "number", "danger.go"),
    ("a number in Roman numerals that is added", "Usisubiri.", "Usisubiri siku XII.", "number", "danger.go"),
    ("a number in one Roman sign that is added", "Usisubiri.", "Usisubiri siku Ⅴ.", "number", "danger.go"),
    ("a number in an Ethiopic sign that is added", "Usisubiri.", "Usisubiri siku ፲.", "number", "danger.go"),
    ("a number in Roman numerals instead of digits", "kwa saa 2, ", "kwa saa II, ", "number", "danger.go"),
    ("a number that is dropped", "kwa saa 2, ", "kwa saa chache, ", "number", "danger.go"),
    ("a number that is changed", "kwa saa 2, ", "kwa saa 12, ", "number", "danger.go"),
    ("a number that is added", "Usisubiri.", "Usisubiri siku 3.", "number", "danger.go"),
    ("white space at the end", "piga simu.", "piga simu. ", "space", "danger.go"),
    ("white space at the start", '"Nenda sasa', '" Nenda sasa', "space", "danger.go"),
    ("a lost line break", "kwetu.\\nTuta", "kwetu. Tuta", "lines", "help.more"),
    ("only white space", '"Orodha"', '"  "', "empty", "button.menu"),
    ("one empty plural form", '"Picha {count} kutoka {place} imefika."', '""', "plural-count", "photos.received"),
    ("a fuzzy entry", 'msgctxt "danger.go"', '#, fuzzy\nmsgctxt "danger.go"', "fuzzy", "danger.go"),
    ("an entry that stands twice", 'msgctxt "button.menu"', 'msgctxt "danger.go"\nmsgid "Menu"\nmsgstr "Orodha"\n\nmsgctxt "button.menu"', "duplicate", "danger.go"),
    ("an English sentence that has changed", 'msgid "Menu"', 'msgid "Main menu"', "stale", "button.menu"),
    ("an id that is not in the template", 'msgctxt "button.menu"', 'msgctxt "button.menus"', "unknown", "button.menus"),
    ("a word that means yes and no", "hapana|la", "hapana|sawa", "collision", "words.no"),
    ("a word that means yes and no after normalising", "hapana|la", "hapana|NDIYÓ!", "collision", "words.no"),
    ("an empty word", "ndiyo|ndio|sawa", "ndiyo||sawa", "words", "words.yes"),
    ("a word that stands twice", "ndiyo|ndio|sawa", "ndiyo|ndiyo", "words", "words.yes"),
    ("the English sentence itself", "Nenda sasa. Usisubiri. Usipohudumiwa kwa saa 2, piga simu.", "Go now. Do not wait. If you are not seen in 2 hours, call.", "copied", "danger.go"),
    ("a header with another language", "Language: sw", "Language: fr", "header", ""),
    ("a header without a plural rule", f"Plural-Forms: {SWAHILI_PLURAL}", "X-Other: 1", "plural-rule", ""),
    ("a plural count that Babel does not know", SWAHILI_PLURAL, "nplurals=1; plural=0;", "plural-rule", ""),
    ("a plural rule that skips a form", SWAHILI_PLURAL, "nplurals=2; plural=0;", "plural-rule", ""),
    ("a file that is no catalogue", 'msgctxt "danger.go"', "what is this", "file", ""),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "old", "new", "kind", "message_id"), FAULTS, ids=[f[0] for f in FAULTS])
def test_the_gate_catches(root: Path, fault: str, old: str, new: str, kind: str, message_id: str) -> None:
    edit(po(root), old, new)
    for problem in found(root, kind, message_id):
        assert problem.language == "sw"
        assert problem.file.endswith("ngozi.po")
        assert problem.reason


@pytest.mark.parametrize(
    "words",
    [
        "p. ex. hapa",
        "p.ex. hapa",
        "p.ej. hapa",
        "saa 2 k.m.",
        "Dr. Amina",
        "U.S.A.",
        "nusu½",
        "ngoja... kidogo",
        "h.k. 2",
    ],
)
def test_abbreviations_are_no_links(words: str) -> None:
    assert [
        kind for kind, _ in sentences.faults("", words, direction="ltr") if kind in ("link", "phone")
    ] == []


def test_a_problem_names_the_line(root: Path) -> None:
    edit(po(root), "siku {days}", "siku")
    line = found(root, "placeholder")[0].line
    around = po(root).read_text(encoding="utf-8").splitlines()[line - 1 : line + 2]
    assert any("Tunahifadhi" in text for text in around), around


def test_a_pack_may_not_give_an_english_command_another_meaning(tmp_path: Path) -> None:
    root = tmp_path / "packs"
    shutil.copytree(locales.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    file = po(root, "ha")
    text = file.read_text(encoding="utf-8")
    at = text.index('msgstr "', text.index('msgctxt "words.yes"')) + len('msgstr "')
    file.write_text(text[:at] + "stop|" + text[at:], encoding="utf-8")
    (problem,) = [p for p in check(root, "ha") if "works in every chat" in p.reason]
    assert (problem.id, "'stop'" in problem.reason) == ("words.yes", True)


ARABIC_FAULTS = [
    ("a line that begins with Latin letters", "اذهب الآن.", "Ngozi اذهب الآن.", "latin-first"),
    ("a number lost in Arabic digits", "خلال ٢ ساعة", "خلال ساعات", "number"),
    ("a placeholder lost in the fourth form", "وصلت {count} صور من {place}.", "وصلت صور من {place}.", "placeholder"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "old", "new", "kind"), ARABIC_FAULTS, ids=[f[0] for f in ARABIC_FAULTS])
def test_the_gate_catches_in_arabic(root: Path, fault: str, old: str, new: str, kind: str) -> None:
    edit(po(root, "ar"), old, new)
    assert {p.language for p in found(root, kind)} == {"ar"}


def test_a_form_for_one_number_may_leave_the_number_out(root: Path) -> None:
    # Arabic says "two photos" in one word; the good pack does so in its forms for 0, 1 and 2.
    assert check(root, "ar") == []


def test_arabic_with_two_plural_forms_is_refused(root: Path) -> None:
    edit(po(root, "ar"), ARABIC_PLURAL, SWAHILI_PLURAL)
    assert "6" in found(root, "plural-rule")[0].reason


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ('direction = "ltr"', 'direction = "rtl"', "pack"),
        ('direction = "ltr"', 'direction = "up"', "pack"),
        ('code = "sw"', 'code = "xx"', "pack"),
        ('translators = ["a test"]', "translators = []", "pack"),
        ('translators = ["a test"]', "translators = 3", "pack"),
        ('status = "draft"', 'status = "perfect"', "pack"),
        ('status = "draft"', "status = ", "pack"),
        ('status = "draft"', 'status = "draft"\nparent = "rw"', "pack"),
        ('status = "draft"', 'status = "reviewed"', "review"),
        ('status = "draft"', 'status = "draft"\nnegation = "("', "pack"),
    ],
)
def test_the_gate_reads_pack_toml(root: Path, old: str, new: str, kind: str) -> None:
    edit(root / "sw" / "pack.toml", old, new)
    assert found(root, kind)[0].file == "sw/pack.toml"


TEMPLATE_FAULTS = [
    ("a missing tier", "#. tier: 2\n#. max: 12\n", "#. max: 12\n", "tier"),
    ("a tier out of range", "#. tier: 2\n#. max: 12\n", "#. tier: 7\n", "tier"),
    ("a missing comment", "#. Button.\n", "", "note"),
    ("an id without a name", 'msgctxt "button.menu"', 'msgctxt "Menu"', "id"),
    ("an id that stands twice", 'msgctxt "button.menu"', 'msgctxt "danger.go"', "duplicate"),
    ("markup", '"Menu"', '"<i>Menu</i>"', "markup"),
    ("a stray brace", '"Menu"', '"{Menu}"', "brace"),
    ("a text longer than its own limit", '"Menu"', '"Menu of all things"', "too-long"),
    ("a translation", 'msgid "Menu"\nmsgstr ""', 'msgid "Menu"\nmsgstr "Orodha"', "template"),
    ("a plural without its number", "{count} photos from", "many photos from", "placeholder"),
    ("a word with two meanings", '"no|n"', '"no|y"', "collision"),
]


@pytest.mark.parametrize(
    ("fault", "old", "new", "kind"), TEMPLATE_FAULTS, ids=[f[0] for f in TEMPLATE_FAULTS]
)
def test_the_gate_catches_in_the_template(root: Path, fault: str, old: str, new: str, kind: str) -> None:
    edit(root / "ngozi.pot", old, new)
    assert {(p.language, p.file) for p in found(root, kind) if p.language == "en"} == {("en", "ngozi.pot")}


def test_a_lost_negation_is_caught_where_the_pack_says_how_its_language_negates(root: Path) -> None:
    edit(root / "sw" / "pack.toml", "reviewers = []", "reviewers = []\nnegation = '\\busi'")
    assert check(root, "sw") == []
    edit(po(root), "Usisubiri. Usipohudumiwa", "Subiri. Ukihudumiwa")
    assert found(root, "negation", "danger.go")


def test_one_pack_can_be_checked_alone(root: Path) -> None:
    edit(po(root), "siku {days}", "siku")
    assert check(root, "ar") == []
    assert len(check(root, "sw")) == 1


def test_an_unknown_pack_is_a_problem_not_an_error(root: Path) -> None:
    assert [p.kind for p in check(root, "xx")] == ["pack"]


def test_a_pack_without_sentences_is_a_problem(root: Path) -> None:
    add_pack(root, "rw", "", name="Ikinyarwanda")
    assert {p.kind for p in check(root, "rw")} == {"plural-rule", "file"}


def test_a_regional_pack_may_hold_only_what_differs(root: Path) -> None:
    body = 'msgctxt "button.menu"\nmsgid "Menu"\nmsgstr "Menyu"\n'
    add_pack(root, "sw-CD", body, name="Kiswahili (DRC)")
    assert check(root, "sw-CD") == []
    add_pack(root, "rw", body, name="Kihaya", plural="nplurals=1; plural=0;", more='parent = "sw"\n')
    assert {p.kind for p in check(root, "rw")} == {"missing"}


COMMAND = """
#. Help.
#. tier: 2
msgctxt "help.yes"
msgid "Write YES to go on."
msgstr ""
"""


@pytest.mark.parametrize(
    ("sentence", "kinds"), [("Andika NDIYO uendelee.", set()), ("Andika YES!", {"command"})]
)
def test_a_word_that_people_are_told_to_write_is_one_that_is_understood(
    root: Path, sentence: str, kinds: set[str]
) -> None:
    for path, added in (
        (root / "ngozi.pot", COMMAND),
        (po(root), COMMAND.replace('msgstr ""', f'msgstr "{sentence}"')),
    ):
        path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    assert {p.kind for p in check(root, "sw")} == kinds
