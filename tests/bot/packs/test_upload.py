"""A .po that somebody sends: none crashes, none half-lands."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from bot.packs import export, upload
from bot.packs.store import About, Version
from bot.packs.written import Sentence
from locales.catalogue import Translations, hash_of
from locales.library import Library
from locales.packs import Pack
from tests.bot.packs.hostile import mutated
from tests.locales.folders import ARABIC_PLURAL, SWAHILI, SWAHILI_PLURAL, folder

HEAD = (
    'msgid ""\nmsgstr ""\n"Language: sw\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    f'"Plural-Forms: {SWAHILI_PLURAL}\\n"\n'
)
GOOD = HEAD + SWAHILI
PACK = Pack("sw", "Kiswahili", "ltr", "1", plural=SWAHILI_PLURAL, translators=("a test",))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(folder(tmp_path_factory.mktemp("packs")))


def sent(library: Library, text: str | bytes, pack: Pack = PACK) -> upload.Upload:
    data = text if isinstance(text, bytes) else text.encode()
    read = upload.read(data, pack, library.template, Translations())
    assert not (read.faults and read.sentences), "nothing half-imported"
    return read


def faults(library: Library, text: str | bytes, pack: Pack = PACK) -> dict[str, int]:
    """Kind of fault to its line."""
    return {problem.kind: problem.line for problem in sent(library, text, pack).faults}


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_a_good_file_lands_whole(library: Library) -> None:
    read = sent(library, GOOD)
    assert read.faults == ()
    assert set(read.sentences) == set(library.template)
    assert read.sentences["photos.received"] == (
        "Picha {count} kutoka {place} imefika.",
        "Picha {count} kutoka {place} zimefika.",
    )


def test_what_is_exported_comes_back_as_it_was(library: Library) -> None:
    about = About("Kiswahili", "ltr", SWAHILI_PLURAL)
    version = Version(
        1, "sw", 1, "draft", about, "copy", "", "t", None, None, 0,
        0.0, None, None, None, None, None, None, None, None, (),
    )  # fmt: skip
    said = {
        entry.id: Sentence(entry.id, forms, hash_of(entry.source), 1)
        for entry in library.template.values()
        if (forms := library.translations("sw").of(entry))
    }
    text = export.po_of(version, said, library.template)
    assert sent(library, text).sentences == {name: one.forms for name, one in said.items()}
    # English that has changed since: the old words stand as a comment, and nothing is guessed.
    said["danger.go"] = Sentence("danger.go", ("Nenda.",), "another", 1)
    text = export.po_of(version, said, library.template)
    assert '# was: "Nenda."' in text
    assert "danger.go" not in sent(library, text).sentences


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(library: Library) -> None:
    assert sent(library, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).faults == ()


def test_a_header_of_another_tool_is_no_fault(library: Library) -> None:
    head = HEAD + '"PO-Revision-Date: 2026-11-26 10:00+0000\\n"\n"X-Generator: A tool 3.4\\n"\n'
    assert sent(library, "# Somebody\n#, fuzzy\n" + head + SWAHILI).faults == ()


def test_fuzzy_and_outdated_sentences_stay_untranslated_and_are_said(library: Library) -> None:
    text = GOOD.replace('msgctxt "button.menu"', '#, fuzzy\nmsgctxt "button.menu"')
    text = text.replace("Go now. Do not wait.", "Go. Do not wait.")
    read = sent(library, text)
    assert {problem.kind for problem in read.notes} == {"fuzzy", "stale"}
    assert not {"button.menu", "danger.go"} & set(read.sentences)
    assert "consent.ask" in read.sentences


def test_a_message_that_is_not_used_any_more_stops_nothing_and_does_not_land(library: Library) -> None:
    # Not even a rule of the other sentences looks at it: 'hapana' is one of words.no.
    old = '\nmsgctxt "words.gone"\nmsgid "gone"\nmsgstr "hapana"\n'
    read = sent(library, GOOD + old)
    assert read.faults == ()
    assert [(p.kind, p.id, p.line) for p in read.notes] == [
        ("gone", "words.gone", line_of(GOOD + old, 'msgid "gone"'))
    ]
    assert set(read.sentences) == set(library.template)
    twice = GOOD + old + old.replace('msgid "gone"', 'msgid "gone too"')
    assert "duplicate" in faults(library, twice)


def test_an_empty_translation_takes_nothing_away(library: Library) -> None:
    assert "button.menu" not in sent(library, GOOD.replace('"Orodha"', '""')).sentences


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("placeholder", "siku {days}", "siku"),
        ("placeholder", "Orodha", "{menu}"),
        ("brace", "siku {days}", "siku {days} {"),
        ("markup", "Orodha", "<b>x</b>"),
        ("bidi", "Orodha", "Oro\u202edha"),
        ("character", "Orodha", "Oro\u200bdha"),
        ("link", "piga simu.", "piga simu http://example.org/."),
        ("phone", "piga simu.", "piga simu 0700 123 456."),
        ("number", "saa 2", "saa 9"),
        ("too-long", "Orodha", "Orodha ndefu mno"),
        ("unknown", 'msgctxt "button.menu"', 'msgctxt "Button Menu"'),
        ("unknown", 'msgctxt "button.menu"', f'msgctxt "button.{"x" * 100}"'),
        (
            "copied",
            "Tazama orodha ofisini kwetu.\\nTutakusaidia.",
            "See the list at our office.\\nWe will help.",
        ),
        ("plural-count", 'msgstr[1] "Picha {count} kutoka {place} zimefika."\n', ""),
    ],
)
def test_each_kind_of_fault_is_told_with_its_line_and_nothing_lands(
    library: Library, kind: str, old: str, new: str
) -> None:
    assert old in GOOD
    at = GOOD.index(old)
    text = GOOD[:at] + new + GOOD[at + len(old) :]
    # The line of the message that it is in: its msgid.
    begins = text.rindex("msgctxt", 0, text.index("msgctxt", at + 1) if "msgctxt" in text[at + 1 :] else None)
    begins = begins if begins <= at + 8 else text.rindex("msgctxt", 0, at)
    assert faults(library, text)[kind] == line_of(text[begins:], "msgid") + text[:begins].count("\n")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("size", b" " * (upload.MOST_BYTES + 1)),
        ("size", b"\n" * (upload.MOST_LINES + 1)),
        ("size", GOOD.encode() + b"#" * (upload.LONGEST_LINE + 1)),
        ("encoding", GOOD.encode() + b"\xff"),
        ("encoding", GOOD.encode("utf-16")),
        ("character", GOOD.encode() + b"\0"),
        ("character", GOOD.encode() + "\u2028".encode()),
        ("character", GOOD.encode() + b"\r"),
        ("header", b""),
        ("header", SWAHILI.encode()),
        ("header", GOOD.replace("Language: sw", "Language: de").encode()),
        ("header", GOOD.replace("charset=utf-8", "charset=latin-1").encode()),
        ("header", GOOD.replace('"Language: sw\\n"\n', "").encode()),
        ("header", GOOD.replace("Language: sw\\n", "Language: sw\\nLanguage: sw\\n").encode()),
        ("header", (GOOD + '\nmsgctxt "x"\nmsgid ""\nmsgstr "Plural-Forms: nplurals=9;"\n').encode()),
        ("plural-count", GOOD.replace("nplurals=2", "nplurals=99999999999").encode()),
        ("plural-count", GOOD.replace(SWAHILI_PLURAL, ARABIC_PLURAL).encode()),
        ("plural-rule", GOOD.replace("(n != 1)", "(1 / n)").encode()),
        ("plural-rule", GOOD.replace("(n != 1)", "(n > 1)").encode()),
        ("plural-rule", GOOD.replace("(n != 1)", "(" * 200 + "n" + ")" * 200).encode()),
        ("file", (GOOD + "\nhello\n").encode()),
        ("file", (GOOD + '\nmsgctxt "a.b"\nmsgid "x"\n').encode()),
        ("file", (GOOD + '\nmsgctxt "a.b"\nmsgid "x\nmsgstr "y"\n').encode()),
        ("file", (GOOD + '\nmsgctxt "a.b"\nmsgid "x"\nmsgstr "y\\"\n').encode()),
        ("duplicate", (GOOD + '\nmsgctxt "button.menu"\nmsgid "Menu"\nmsgstr "Menyu"\n').encode()),
        ("duplicate", (GOOD + '\nmsgctxt ""\n"button.menu"\nmsgid "Menu"\nmsgstr "Menyu"\n').encode()),
        ("duplicate", (GOOD + '\nmsgctxt "button.menu"\nmsgid "Other"\nmsgstr "Menyu"\n').encode()),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_as_a_whole_is_refused_with_the_reason(
    library: Library, kind: str, data: bytes
) -> None:
    assert kind in faults(library, data)


def test_a_phrase_that_would_fill_the_memory_is_refused(library: Library) -> None:
    from bot.clinical.phrases import BadPhrase, parse

    with pytest.raises(BadPhrase, match="more than"):
        parse(" ".join(["aaa.bbb/ccc.ddd"] * 40), lambda _: ())


# --- a thousand and more hostile files ---------------------------------------------------------------------


def test_of_1000_hostile_files_the_reader_crashes_at_none_and_takes_none_in_part(library: Library) -> None:
    whole = sent(library, GOOD).sentences
    refused = taken = 0
    for seed in range(1000):
        data = mutated(random.Random(seed), GOOD.encode())
        read = sent(library, data)
        if read.faults:
            refused += 1
            continue
        taken += 1
        # What is taken is, for every sentence, held to the rules: nothing of ours is lost and nothing strange is in it.
        for name, forms in read.sentences.items():
            assert name in library.template, seed
            text = " ".join(forms)
            assert not re.search("[\u202a-\u202e\u2066-\u2069\0<>]|https?:|\\+254", text), (seed, text)
            wanted = set(re.findall(r"\{\w+\}", library.template[name].source[-1]))
            assert {p for f in forms for p in re.findall(r"\{\w+\}", f)} <= wanted, (seed, name)
            assert len(forms) == len(whole.get(name, forms)), (seed, name)
    assert refused > 700, "the files are hostile"
    assert taken > 20, "and the gate is no wall"


def test_noise_is_refused(library: Library) -> None:
    for seed in range(50):
        assert sent(library, random.Random(seed).randbytes(3000)).faults


def test_the_shipped_packs_go_through(tmp_path: Path) -> None:
    import locales

    shipped = locales.shipped()
    for code in ("sw", "ar"):
        data = (shipped.root / code / "LC_MESSAGES" / "ngozi.po").read_bytes()
        read = upload.read(data, shipped.pack(code), shipped.template, Translations())
        assert [str(p) for p in read.faults] == []
        assert len(read.sentences) > 900
