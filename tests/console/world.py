"""A console to try: the real routes over a migrated database, and people of every role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine, insert
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from bot.clock import db_now
from bot.console import logins, sessions
from bot.database import transaction
from bot.settings import Settings
from bot.tables import Person
from bot.web.console import furnish
from bot.web.console.frame import COOKIE, Console
from bot.web.spoken_packs import SpokenPacks
from tests.conftest import KEYS

PASSWORD = "nine wet goats sing"


def settings_for(folder: Path, public_url: str = "") -> Settings:
    import base64

    return Settings.read(
        {
            "NGOZI_HOME": str(folder / "home"),
            "NGOZI_SECRET_KEY": base64.b64encode(KEYS[1]).decode(),
            "NGOZI_ALLOW_UNREVIEWED": "1",
            "NGOZI_PUBLIC_URL": public_url,
        }
    )


class World:
    """The console and whoever comes to it."""

    def __init__(self, engine: Engine, folder: Path, public_url: str = "") -> None:
        self.engine = engine
        self.console = furnish(Console(settings_for(folder, public_url), engine))
        self.app = Starlette(
            routes=self.console.routes(), middleware=[Middleware(SpokenPacks, engine=engine)]
        )
        self.base = public_url or "http://testserver"

    def person(self, name: str, role: str = "admin") -> int:
        """The number of a new person with PASSWORD."""
        hashed = logins.hashed(PASSWORD)
        with transaction(self.engine) as connection:
            return logins.add(connection, name, hashed, role)

    def browser(self, language: str = "en") -> Browser:
        """Somebody's browser, with no cookies."""
        return Browser(self, language)

    def signed_in(self, name: str, role: str = "admin", language: str = "en") -> Browser:
        """A browser in which that new person is signed in."""
        number = self.person(name, role)
        with transaction(self.engine) as connection:
            known = logins.of_person(connection, number)
            assert known is not None
            token = sessions.start(connection, known.id)
        browser = self.browser(language)
        browser.client.cookies.set(COOKIE, token, domain=browser.domain, path="/console")
        browser.person_id = number
        return browser


class Browser:
    """A client that keeps cookies and finds the token of a form."""

    person_id = 0

    def __init__(self, world: World, language: str) -> None:
        self.client = TestClient(
            world.app,
            base_url=world.base,
            follow_redirects=False,
            headers={"accept-language": language},
        )
        self.domain = "testserver.local" if "://testserver" in world.base else world.base.partition("://")[2]

    def get(self, path: str, **more: object) -> object:
        return self.client.get(f"/console{path}", **more)  # type: ignore[arg-type]

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', self.client.get(f"/console{path}").text)
        assert found, f"{path} has no form"
        return found[1]

    def post(self, path: str, fields: Mapping[str, str], form: str = "/account", **more: object) -> object:
        """Sends a form with the token of the page `form`."""
        data = {"csrf": self.token(form), **fields}
        return self.client.post(f"/console{path}", data=data, **more)  # type: ignore[arg-type]

    def sign_in(self, name: str, password: str = PASSWORD, code: str = "", **more: str) -> object:
        fields = {"name": name, "password": password, "code": code, **more}
        return self.post("/sign-in", fields, form="/sign-in")


def a_member(engine: Engine, role: str = "clinician") -> int:
    """A member without a login."""
    with transaction(engine) as connection:
        return int(
            connection.execute(
                insert(Person).values(role=role, created_at=db_now(), active=True).returning(Person.id)
            ).scalar_one()
        )


__all__ = ["PASSWORD", "Browser", "World", "a_member", "settings_for"]
