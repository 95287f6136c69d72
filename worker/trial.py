"""`ngozi try PHOTO`: the whole chat of one photograph, printed. The real pipeline over a database that is thrown away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text as Styled

import locales
from bot import inbox, logs, migrations
from bot.channels import webchat
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import Line, SqlWebChatStore
from bot.clock import now
from bot.errors import NgoziError, SettingError
from bot.queue import TURN
from bot.settings import Settings
from worker import parts as parts_room
from worker.engine import Engine
from worker.inline import Inline
from worker.model_loading import language_cache, load

__all__ = ["Trial", "parse_answers", "run"]

MOST_TURNS = 60
LARGEST = 20 << 20
# What somebody would answer who has nothing alarming: the first of these that is offered.
USUAL = ("none", "no", "middle", "spot", "face", "3", "unknown")


def parse_answers(text: str) -> dict[str, str]:
    """{'age': 'child', ...} of 'age=child,site=arm'. Raises SettingError."""
    answers = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise SettingError("--answers", part, "question=answer pairs such as age=child,itch=yes")
        answers[name.strip()] = value.strip()
    return answers


class Trial:
    """One web chat over a throw-away database."""

    def __init__(self, home: Path) -> None:
        settings = Settings.read(
            {
                "NGOZI_HOME": str(home),
                "NGOZI_ALLOW_UNREVIEWED": "1",
                "NGOZI_LOG": "error",
                "NGOZI_MODEL": os.environ.get("NGOZI_MODEL", ""),
                # The language model takes some seconds to load, a minute the first time: only for who asks for it.
                "NGOZI_LISTEN": "0",
                "NGOZI_WORDS": os.environ.get("NGOZI_WORDS", "0"),
            }
        )
        logs.set_up(settings.log, settings.secret_values())
        self._wake = Inline()
        self._parts = parts_room.build(settings, self._wake)
        self._wake.parts = self._parts
        self._engine = Engine(self._parts, lambda: load(settings, language_cache()))
        if settings.language_model and settings.model != "off":
            self._engine.warm()
            self._engine.listen()
        self._wake.engine = self._engine
        migrations.upgrade(self._parts.engine)
        self._store = SqlWebChatStore(self._parts.engine)
        self._address = webchat.address_of(webchat.new_secret()) or ""
        self._seen = 0
        self._count = 0

    def say(
        self, text: str = "", choice: str = "", photos: list[bytes] | None = None, language: str = "en"
    ) -> list[Line]:
        """What is answered to a text, a pressed button or photographs."""
        self._count += 1
        handles = [
            {
                "ref": webchat.handle(self._parts.vault.put(p)),
                "mime": webchat.photo_mime(p) or "",
                "size": len(p),
            }
            for p in photos or []
        ]
        update = webchat.update(
            self._address,
            f"trial-{self._count:06d}",
            text=text,
            choice=choice,
            photos=handles,
            language_hint=language,
            at=now(),
        )
        for chat_id in inbox.receive(self._parts.engine, WEBCHAT, (update,)):
            self._wake(TURN, chat_id)
        self._wake.run()
        lines = [line for line in self._store.after(self._address, self._seen) if line.direction == "out"]
        self._seen = max((line.n for line in lines), default=self._seen)
        return lines

    def close(self) -> None:
        """Lets the models and the database go."""
        self._engine.close()
        self._parts.engine.dispose()


def choose(offered: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """The code to press: what was asked for, else what somebody with nothing alarming would."""
    for code in offered:
        question, _, answer = code.partition(".")
        if answers.get(question) == answer:
            return code
    if "consent.yes" in offered:
        return "consent.yes"
    ranked = {answer: rank for rank, answer in enumerate(USUAL)}
    return min(offered, key=lambda code: ranked.get(code.partition(".")[2], len(USUAL)))


def converse(
    trial: Trial, photo: bytes, language: str, answers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The chat as (who, text) pairs, until the findings and the answers of the menu have been given."""
    yield "you", "[photograph]"
    lines = trial.say(photos=[photo], language=language)
    answers = {"language": language, **answers}
    asked: set[str] = set()
    for _ in range(MOST_TURNS):
        for line in lines:
            yield "ngozi", line.text
        offered = dict(lines[-1].choices) if lines else {}
        menu = [c for c in offered if c.startswith("menu.") and c != "menu.new"]
        if menu:
            left = [c for c in menu if c not in asked]
            if not left:
                return
            code = left[0]
            asked.add(code)
        elif offered:
            code = choose(offered, answers)
        else:
            return
        yield "you", offered[code]
        lines = trial.say(choice=code, language=language)


def run(photo: Path, language: str, answers: str, out: Console) -> None:
    """Prints the chat. Raises NgoziError for a photograph or a language that there is not."""
    known = locales.languages(True)
    if language not in known:
        raise SettingError("--lang", language, f"one of {', '.join(known)}")
    wanted = parse_answers(answers)
    try:
        size = photo.stat().st_size
        data = photo.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise NgoziError(f"PHOTO is '{photo}'; expected a file that can be read ({error.strerror})") from None
    if not data:
        raise NgoziError(f"PHOTO is '{photo}' with {size} bytes; expected a picture of 1 byte to 20 MB")
    with tempfile.TemporaryDirectory(prefix="ngozi-try-") as home:
        trial = Trial(Path(home))
        try:
            for who, text in converse(trial, data, language, wanted):
                if who == "you":
                    # As text, not as markup: "[photograph]" would be read as a style and vanish.
                    out.print(Padding(Styled(f"> {text}", "bold cyan"), (1, 0, 0, 0)), highlight=False)
                else:
                    out.print(Padding(text, (1, 4, 0, 4)), highlight=False, markup=False)
        finally:
            trial.close()
