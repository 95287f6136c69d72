"""Hostile uploads through the door: signed in, with a right token, into a real database. None crashes, none half-lands.

HTTP_SQLITE go the whole way on SQLite and HTTP_POSTGRESQL on PostgreSQL: a page is made of each answer, and all rows of the packs and
of the trail are compared. The pack is a tenth of the shipped one, or the pages of answers and the rows would take three times as long.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import locales
from bot import audit
from bot.database import reading, transaction
from bot.packs import seed, shelf, stage, store, upload, watch, written
from bot.packs.rows import PackLive, PackRevision, PackSentence, PackVersion
from bot.packs.store import Version
from bot.tables import Audit
from locales.library import Library
from tests.bot.packs.hostile import mutated
from tests.conftest import KEYS
from tests.console.world import Browser, World

HTTP_SQLITE = 1000
HTTP_POSTGRESQL = 100
TABLES = tuple(table.__table__ for table in (PackVersion, PackSentence, PackLive, PackRevision, Audit))
# A few sentences of every kind: with a number, with plurals, of the first tier, long, a list of words, words of danger.
NAMES = (
    "consent.ask",
    "consent.keep",
    "now.go",
    "choices.answer_with_number",
    "language.ask",
    "words.yes",
    "menu.more",
)

Rows = dict[str, list[Any]]


class Desk:
    """A draft of the Swahili pack, whoever writes it, and a file of some of its sentences."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.world = World(engine, folder)
        self.writer: Browser = self.world.signed_in("wanjiru")
        with transaction(engine) as connection:
            live = stage.live_version(connection, "sw")
            assert live is not None
            made = store.get(connection, store.copy(connection, live.id, live.template, None))
        assert made is not None
        self.version: Version = made
        self.at = f"/packs/sw/{made.number}/file"
        self.token = self.writer.token("/account")
        self.good = self._good()

    def _good(self) -> bytes:
        text = str(self.writer.get(f"/packs/sw/{self.version.number}/ngozi.po").text)  # type: ignore[attr-defined]
        head, *entries = text.split("\n\n")
        wanted = tuple(f'msgctxt "{name}"' for name in NAMES)
        return (
            "\n\n".join([head, *(one for one in entries if any(w in one for w in wanted))]).encode() + b"\n"
        )

    def rows(self) -> Rows:
        """All rows of the packs and of the trail, as the database has them."""
        with reading(self.engine) as connection:
            return {
                # As the driver gives them: a name for each column of each row took longer than to read them.
                table.name: connection.exec_driver_sql(
                    f"select {', '.join(c.name for c in table.columns)} from {table.name}"
                    f" order by {', '.join(c.name for c in table.primary_key)}"
                ).cursor.fetchall()
                for table in TABLES
            }

    def send(self, data: bytes, name: str = "sw.po"):  # type: ignore[no-untyped-def]
        """The answer to a file."""
        return self.writer.client.post(
            f"/console{self.at}",
            # Over what an earlier one of them landed.
            data={"csrf": self.token, "over": "1"},
            files={"file": (name, data, "text/x-gettext-translation")},
        )

    def body(self, data: bytes | Iterator[bytes], kind: str, **more: str):  # type: ignore[no-untyped-def]
        """The answer to bytes as they are, whatever they claim to be."""
        headers = {"content-type": kind, "x-csrf-token": self.token, **more}
        return self.writer.client.post(f"/console{self.at}", content=data, headers=headers)

    def read(self, data: bytes) -> upload.Upload:
        """What the reader says of a file for this version."""
        library = locales.library()
        return upload.read(
            data, shelf.pack_of(self.version), library.template, shelf.inherited("sw", library)
        )

    def sentences(self) -> dict[str, tuple[str, ...]]:
        with reading(self.engine) as connection:
            return {name: one.forms for name, one in written.of_version(connection, self.version.id).items()}


def _thin(po: Path) -> None:
    """Leaves every tenth sentence of a pack, and those of NAMES: of thousands that no file speaks of one is like the next."""
    head, *entries = po.read_text("utf-8").split("\n\n")
    wanted = tuple(f'msgctxt "{name}"\n' for name in NAMES)
    kept = [one for n, one in enumerate(entries) if n % 10 == 0 or any(w in one for w in wanted)]
    assert 200 < len(kept) < 400
    po.write_text("\n\n".join([head, *kept]).rstrip("\n") + "\n", "utf-8")


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    """One language in the database, so that all its rows can be looked at again and again."""
    shipped = locales.shipped().root
    root = tmp_path / "packs"
    root.mkdir()
    shutil.copy(shipped / "ngozi.pot", root)
    for code in ("en", "sw"):
        shutil.copytree(shipped / code, root / code, ignore=shutil.ignore_patterns("clips"))
    _thin(root / "sw" / "LC_MESSAGES" / "ngozi.po")
    with transaction(engine) as connection:
        seed.plant(connection, Library(root))
    watch.look(engine, at_once=True)
    yield Desk(engine, tmp_path)
    locales.use(None)


def refused_with_reasons(answer) -> bool:  # type: ignore[no-untyped-def]
    """True for a page that says of the file that nothing was imported, and why, with a line where there is one."""
    table = re.search(r"Nothing was imported.*?<tbody>(.*?)</tbody>", answer.text, re.S)
    if answer.status_code != 400 or table is None:
        return False
    told = re.findall(
        r'<td data-label="Line">(\d+|–)</td>.*?<td data-label="Reason"><bdi>(.+?)</bdi></td>', table[1], re.S
    )
    return bool(told) and all(reason.strip() for _, reason in told)


def grown(before: Rows, after: Rows) -> list[str]:
    """What the new rows of the trail are; what stood there stands there still."""
    old, new = before["audit"], after["audit"]
    assert new[: len(old)] == old
    what = [column.name for column in Audit.__table__.columns].index("what")
    return [str(row[what]) for row in new[len(old) :]]


@pytest.mark.timeout(900)
def test_of_many_hostile_uploads_none_crashes_and_none_half_lands(desk: Desk) -> None:
    assert desk.read(desk.good).faults == ()
    count = HTTP_SQLITE if desk.engine.dialect.name == "sqlite" else HTTP_POSTGRESQL
    refused = taken = 0
    before, said = desk.rows(), desk.sentences()
    for number in range(count):
        data = mutated(random.Random(number), desk.good)
        read = desk.read(data)
        answer = desk.send(data)
        after = desk.rows()
        if read.faults:
            refused += 1
            assert refused_with_reasons(answer), (number, answer.status_code)
            assert after == before, number
            continue
        taken += 1
        assert answer.status_code in (200, 303), number
        assert grown(before, after) == ["pack_imported"], number
        now = desk.sentences()
        # Whole: each sentence of the file is there, and every other one is as it was.
        assert now == {**said, **read.sentences}, number
        before, said = after, now
    assert refused > count * 0.6, "the files are hostile"
    assert taken > count * 0.02, "and the gate is no wall"
    with reading(desk.engine) as connection:
        assert audit.verify(connection, KEYS) is None


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        made.writestr("ngozi.po", bytes(200_000_000))
    return packed.getvalue()


def _plural(desk: Desk, rule: str) -> bytes:
    """The good file with another rule for plurals."""
    return re.sub(rb'"Plural-Forms: [^"]*"', f'"Plural-Forms: {rule}\\\\n"'.encode(), desk.good)


def test_files_that_are_none_or_too_much_are_refused_with_line_and_reason(desk: Desk) -> None:
    text = desk.good.decode()
    entry = '\nmsgctxt "x.{0}"\nmsgid "a{0}"\nmsgstr "b"\n'
    files = {
        "zip bomb": _zip_bomb(),
        "null bytes": desk.good + bytes(1000),
        "utf-16": text.encode("utf-16"),
        "utf-16 without its mark": text.encode("utf-16-le"),
        "utf-32": text.encode("utf-32"),
        "utf-7": b"+AG0-sgid",
        "latin-1": desk.good + "é".encode("latin-1"),
        "half a character": desk.good + b"\xf0\x9f\x98",
        "a surrogate": desk.good + "\ud83d".encode("utf-8", "surrogatepass"),
        "two byte order marks": b"\xef\xbb\xbf" * 2 + desk.good,
        "carriage returns alone": text.replace("\n", "\r").encode(),
        "1e5 messages": desk.good + "".join(map(entry.format, range(100_000))).encode()[: upload.MOST_BYTES],
        "10 000 messages that nobody knows": desk.good + "".join(map(entry.format, range(10_000))).encode(),
        "one line": b'msgid "' + b"a" * 2_900_000 + b'"',
        "nothing": b" ",
        "a page": b"<!doctype html><script>alert(1)</script>",
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        "a compiled catalogue": b"\xde\x12\x04\x95" + bytes(100),
        "a plural that divides by nothing": _plural(desk, "nplurals=2; plural=(n%0);"),
        "a plural that is a program": _plural(desk, "nplurals=2; plural=__import__('os').getpid();"),
        "a plural without end": _plural(desk, "nplurals=2; plural=" + "n?n:" * 4000 + "n;"),
        "a plural in brackets": _plural(desk, "nplurals=2; plural=" + "(" * 5000 + "n" + ")" * 5000 + ";"),
        "a plural of many digits": _plural(desk, "nplurals=2; plural=" + "9" * 20_000 + ";"),
        "a power": _plural(desk, "nplurals=2; plural=n**n**n**n;"),
        "a thousand million forms": _plural(desk, "nplurals=1000000000; plural=(n != 1);"),
        "negative forms": _plural(desk, "nplurals=-1; plural=(n != 1);"),
    }  # fmt: skip
    before = desk.rows()
    for name, data in files.items():
        answer = desk.send(data)
        assert refused_with_reasons(answer), (name, answer.status_code)
        assert desk.rows() == before, name


BOUNDARY = "----b"


def _part(name: str, data: bytes, more: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def test_bodies_that_are_no_form_are_refused_and_leave_nothing(desk: Desk) -> None:
    multipart = f"multipart/form-data; boundary={BOUNDARY}"
    good = _part("file", desk.good, '; filename="sw.po"')
    end = f"--{BOUNDARY}--\r\n".encode()
    before = desk.rows()

    def in_pieces() -> Iterator[bytes]:
        # No length is said: it is only seen on the way.
        yield good
        for _ in range(60):
            yield b"a" * 65_536

    asked = {
        "another kind": (desk.good, "text/plain", 415),
        "json": (b'{"file": "x"}', "application/json", 415),
        "no kind": (desk.good, "", 415),
        "no boundary": (good + end, "multipart/form-data", 400),
        "another boundary": (good + end, "multipart/form-data; boundary=other", 400),
        "noise": (random.Random(1).randbytes(5000), multipart, 400),
        "a part without a name": (_part("", desk.good).replace(b' name=""', b"") + end, multipart, 400),
        "half a form": (good[: len(good) // 2], multipart, 400),
        "a header without end": (b"--" + BOUNDARY.encode() + b"\r\n" + b"A" * 100_000, multipart, 400),
        "many files": (
            b"".join(_part(f"f{n}", b"x", f'; filename="{n}"') for n in range(50)) + end, multipart, 400
        ),
        "many fields": (b"".join(_part(f"f{n}", b"x") for n in range(1500)) + end, multipart, 400),
        "a field in place of the file": (_part("file", desk.good) + end, multipart, 400),
        "a file under another name": (_part("other", desk.good, '; filename="x"') + end, multipart, 400),
        "an empty file": (_part("file", b"", '; filename="sw.po"') + end, multipart, 400),
        "nothing": (b"", multipart, 400),
        "an address": (b"file=" + b"%00" * 100_000, "application/x-www-form-urlencoded", 400),
        "longer than it may be": (b"a" * (upload.MOST_BYTES + 70_000), multipart, 413),
        "longer than it may be, in pieces": (in_pieces(), multipart, 413),
    }  # fmt: skip
    for name, (data, kind, status) in asked.items():
        answer = desk.body(data, kind)
        assert answer.status_code == status, name
        assert "<h1" in answer.text, f"{name}: a page says so"
        assert desk.rows() == before, name
    # A packed body is not unpacked: it is what it is.
    answer = desk.body(good + end, multipart, **{"content-encoding": "gzip"})
    assert answer.status_code in (200, 303)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a" * 4000, "x\u202e.po", "<b>.po", "", "sw.po\0.exe", "нг.po"]
)
def test_the_name_of_a_file_is_nothing_to_us(desk: Desk, name: str) -> None:
    before = desk.rows()
    answer = desk.send(desk.good.replace(b"Content-Type", b"Content-Tape"), name)
    assert answer.status_code == 400
    assert desk.rows() == before
    assert "passwd" not in answer.text
    assert "<b>.po" not in answer.text


def test_without_a_right_or_a_token_nothing_is_even_read(desk: Desk) -> None:
    before = desk.rows()
    desk.token = "wrong"
    assert desk.send(desk.good).status_code == 400
    desk.writer = desk.world.browser()
    assert desk.send(desk.good).status_code == 303
    assert desk.rows() == before


def test_uploads_at_the_same_time_land_whole_one_after_the_other(desk: Desk) -> None:
    name = "choices.answer_with_number"
    (old,) = desk.sentences()[name]
    more = "Unataka lugha gani?"
    assert old.encode() in desk.good
    assert more.encode() in desk.good
    files = [
        desk.good.replace(old.encode(), f"Andika namba {word}.".encode()).replace(
            more.encode(), f"Lugha {word}?".encode()
        )
        for word in ("moja hapa", "mbili hapa", "tatu hapa", "nne hapa")
    ]
    hostile = [mutated(random.Random(n), desk.good) for n in range(40)]
    hostile = [one for one in hostile if desk.read(one).faults][:8]
    before, said = desk.rows(), desk.sentences()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(desk.send, [*hostile[:4], *files, *hostile[4:]]))
    codes = [answer.status_code for answer in answers]
    assert codes == [400] * 4 + [303] * 4 + [400] * 4
    after, now = desk.rows(), desk.sentences()
    # The two sentences of one file stand together, whoever was last; nothing else moved.
    whole = [{**said, **desk.read(one).sentences} for one in files]
    assert now in whole
    assert grown(before, after) == ["pack_imported"] * 4
    with reading(desk.engine) as connection:
        assert audit.verify(connection, KEYS) is None
