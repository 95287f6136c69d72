"""Builds small folders of language packs, good ones and broken ones."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

#. Asks for consent. {days} is a number.
#. tier: 1
msgctxt "consent.ask"
msgid "We keep the photo for {days} days. Do you agree?"
msgstr ""

#. Go-now message.
#. tier: 1
msgctxt "danger.go"
msgid "Go now. Do not wait. If you are not seen in 2 hours, call."
msgstr ""

#. How many photographs came.
#. tier: 2
msgctxt "photos.received"
msgid "{count} photo from {place} came."
msgid_plural "{count} photos from {place} came."
msgstr[0] ""
msgstr[1] ""

#. Button.
#. tier: 2
#. max: 12
msgctxt "button.menu"
msgid "Menu"
msgstr ""

#. Typed words for yes, separated by |.
#. tier: 1
msgctxt "words.yes"
msgid "yes|y|ok"
msgstr ""

#. Typed words for no.
#. tier: 1
msgctxt "words.no"
msgid "no|n"
msgstr ""

#. Shown below a list of choices.
#. tier: 2
msgctxt "help.more"
msgid "See the list at our office.\nWe will help."
msgstr ""
"""

PACK = """code = "{code}"
name = "{name}"
direction = "{direction}"
status = "draft"
translators = ["a test"]
reviewers = []
"""

HEADER = r"""
msgid ""
msgstr ""
"Language: {code}\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural}\n"
"""

SWAHILI_PLURAL = "nplurals=2; plural=(n != 1);"
ARABIC_PLURAL = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)

SWAHILI = r"""
msgctxt "consent.ask"
msgid "We keep the photo for {days} days. Do you agree?"
msgstr "Tunahifadhi picha kwa siku {days}. Je, unakubali?"

msgctxt "danger.go"
msgid "Go now. Do not wait. If you are not seen in 2 hours, call."
msgstr "Nenda sasa. Usisubiri. Usipohudumiwa kwa saa 2, piga simu."

msgctxt "photos.received"
msgid "{count} photo from {place} came."
msgid_plural "{count} photos from {place} came."
msgstr[0] "Picha {count} kutoka {place} imefika."
msgstr[1] "Picha {count} kutoka {place} zimefika."

msgctxt "button.menu"
msgid "Menu"
msgstr "Orodha"

msgctxt "words.yes"
msgid "yes|y|ok"
msgstr "ndiyo|ndio|sawa"

msgctxt "words.no"
msgid "no|n"
msgstr "hapana|la"

msgctxt "help.more"
msgid "See the list at our office.\nWe will help."
msgstr "Tazama orodha ofisini kwetu.\nTutakusaidia."
"""

ARABIC = r"""
msgctxt "consent.ask"
msgid "We keep the photo for {days} days. Do you agree?"
msgstr "نحتفظ بالصورة لمدة {days} يوم. هل توافق؟"

msgctxt "danger.go"
msgid "Go now. Do not wait. If you are not seen in 2 hours, call."
msgstr "اذهب الآن. لا تنتظر. إذا لم يفحصك أحد خلال ٢ ساعة فاتصل."

msgctxt "photos.received"
msgid "{count} photo from {place} came."
msgid_plural "{count} photos from {place} came."
msgstr[0] "لم تصل أي صورة من {place}."
msgstr[1] "وصلت صورة واحدة من {place}."
msgstr[2] "وصلت صورتان من {place}."
msgstr[3] "وصلت {count} صور من {place}."
msgstr[4] "وصلت {count} صورة من {place}."
msgstr[5] "وصلت {count} صورة من {place}."

msgctxt "words.yes"
msgid "yes|y|ok"
msgstr "نعم|أيوه"

msgctxt "words.no"
msgid "no|n"
msgstr "لا|كلا"
"""


def folder(tmp_path: Path) -> Path:
    """A folder with a template, English, a whole Swahili pack and an Arabic one without its second tier."""
    (tmp_path / "ngozi.pot").write_text(TEMPLATE, encoding="utf-8")
    add_pack(tmp_path, "en", "", name="English")
    add_pack(tmp_path, "sw", SWAHILI, plural=SWAHILI_PLURAL, name="Kiswahili")
    add_pack(tmp_path, "ar", ARABIC, plural=ARABIC_PLURAL, name="العربية", direction="rtl")
    return tmp_path


def add_pack(
    root: Path,
    code: str,
    body: str,
    *,
    plural: str = SWAHILI_PLURAL,
    name: str = "?",
    direction: str = "ltr",
    more: str = "",
) -> None:
    """Writes a pack; `more` is added to pack.toml."""
    messages = root / code / "LC_MESSAGES"
    messages.mkdir(parents=True, exist_ok=True)
    about = PACK.format(code=code, name=name, direction=direction) + more
    (root / code / "pack.toml").write_text(about, encoding="utf-8")
    if body:
        header = HEADER.replace("{code}", code).replace("{plural}", plural)
        (messages / "ngozi.po").write_text(header + body, encoding="utf-8")


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a piece of a file that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
