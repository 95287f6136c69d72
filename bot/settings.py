"""Settings: environment variables, read once, checked at the edge. Which there are: `settings_table`."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot import addresses, master_key, quiet_hours, settings_accounts
from bot.errors import SettingError
from bot.quiet_hours import QuietHours
from bot.settings_accounts import TelegramAccount, WhatsAppAccount
from bot.settings_table import TABLE

__all__ = ["Settings"]


_DEFAULTS = {setting.name: setting.default for setting in TABLE}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment says, typed. Raises SettingError from `read` where it is wrong."""

    home: Path
    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    media_url: str
    voice_url: str
    whisper: str
    spool: Path
    master_keys: Mapping[int, bytes] = field(repr=False)
    public_url: str
    host: str
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    port: int
    telegram: tuple[TelegramAccount, ...]
    whatsapp: tuple[WhatsAppAccount, ...]
    model: str
    language_model: bool
    listen: bool
    log: str
    allow_unreviewed: bool
    emergency: str
    quiet: QuietHours
    crisis_line: str
    violence_line: str
    photo_days: int
    lease_s: float
    sweep_s: float
    metrics: bool
    ask_clinicians: bool

    @property
    def embedded(self) -> bool:
        """True where everything runs in one process with Celery's in-memory transport."""
        return self.broker_url.startswith("memory:")

    def secret_values(self) -> tuple[str, ...]:
        """All values that must never reach a log."""
        values: list[str] = []
        for bot in self.telegram:
            values += [bot.token, bot.secret]
        for number in self.whatsapp:
            values += [number.account_sid, number.auth_token, number.sender.removeprefix("whatsapp:")]
        for url in (self.database_url, self.broker_url):
            values += addresses.passwords(url)
        values += [base64.b64encode(key).decode() for key in self.master_keys.values()]
        return tuple(v for v in values if v)

    @classmethod
    def read(cls, env: Mapping[str, str] | None = None) -> Settings:
        """The settings of this environment. Makes NGOZI_HOME and, in embedded mode, the secret key on first use."""
        env = os.environ if env is None else env
        _refuse_unknown(env)
        home = Path(_given(env, "NGOZI_HOME")).expanduser().absolute()
        broker = env.get("NGOZI_BROKER_URL") or "memory://"
        if not broker.startswith(("memory://", "redis://", "rediss://")):
            shown = addresses.without_password(broker)
            raise SettingError("NGOZI_BROKER_URL", shown, "memory:// or redis://host:port/n")
        database = env.get("NGOZI_DATABASE_URL") or f"sqlite:///{home / 'ngozi.sqlite3'}"
        shown = addresses.without_password(database)
        if not database.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise SettingError("NGOZI_DATABASE_URL", shown, "sqlite:///PATH or postgresql+psycopg://...")
        if database.startswith("postgresql") and database.count("@") > 1:
            # What is password there, and what host, only whoever wrote it knows.
            raise SettingError("NGOZI_DATABASE_URL", shown, "one @ alone: write it as %40 in the password")
        public = (env.get("NGOZI_PUBLIC_URL") or "").rstrip("/")
        if public and urlsplit(public).scheme not in ("http", "https"):
            raise SettingError("NGOZI_PUBLIC_URL", public, "an address such as https://ngozi.example.org")
        _make_private(home)
        keys = master_key.keys(
            env.get("NGOZI_SECRET_KEY") or "", home, database, make=broker.startswith("memory:")
        )
        log = _given(env, "NGOZI_LOG").lower()
        if log not in ("debug", "info", "warning", "error"):
            raise SettingError("NGOZI_LOG", log, "debug, info, warning or error")
        return cls(
            home=home,
            database_url=database,
            broker_url=broker,
            media_url=env.get("NGOZI_MEDIA_URL") or str(home / "media"),
            voice_url=env.get("NGOZI_VOICE_URL") or str(home / "voice"),
            spool=Path(env.get("NGOZI_SPOOL") or home / "spool").expanduser().absolute(),
            master_keys=keys,
            public_url=public,
            host=_given(env, "NGOZI_HOST"),
            proxies=_proxies(env),
            port=int(_number(env, "NGOZI_PORT", 0, 65535, "an integer")),
            telegram=settings_accounts.telegram(env, _given(env, "NGOZI_TELEGRAM_API"), keys),
            whatsapp=settings_accounts.whatsapp(
                env, _given(env, "NGOZI_TWILIO_API"), _given(env, "NGOZI_TWILIO_MEDIA_HOSTS")
            ),
            model=_given(env, "NGOZI_MODEL"),
            language_model=_flag(env, "NGOZI_WORDS"),
            whisper=env.get("NGOZI_WHISPER", ""),
            listen=_flag(env, "NGOZI_LISTEN"),
            log=log,
            allow_unreviewed=_flag(env, "NGOZI_ALLOW_UNREVIEWED"),
            emergency=_telephone(env, "NGOZI_EMERGENCY"),
            quiet=_quiet(env),
            crisis_line=_telephone(env, "NGOZI_CRISIS_LINE"),
            violence_line=_telephone(env, "NGOZI_VIOLENCE_LINE"),
            photo_days=int(_number(env, "NGOZI_PHOTO_DAYS", 1, 3650, "an integer")),
            lease_s=_number(env, "NGOZI_LEASE_S", 2, 3600, "a number"),
            sweep_s=_number(env, "NGOZI_SWEEP_S", 1, 300, "a number"),
            metrics=_flag(env, "NGOZI_METRICS"),
            ask_clinicians=_flag(env, "NGOZI_ASK_CLINICIANS"),
        )


def _refuse_unknown(env: Mapping[str, str]) -> None:
    """A misspelt setting that is silently ignored costs a day; say it."""
    known = {s.name for s in TABLE}
    stems = {s.name for s in TABLE if s.per_account}
    for name in sorted(env):
        # NGOZI_TEST_* and NGOZI_FUZZ belong to the test suite.
        if not name.startswith("NGOZI_") or name in known or name.startswith(("NGOZI_TEST_", "NGOZI_FUZZ")):
            continue
        if name.partition("__")[0] in stems and name.partition("__")[2]:
            continue
        raise SettingError(name, "...", "a setting that Ngozi knows (see the settings table in README.md)")


def _given(env: Mapping[str, str], name: str) -> str:
    """What is set, or the default of the table."""
    return env.get(name) or _DEFAULTS[name]


def _number(env: Mapping[str, str], name: str, low: float, high: float, kind: str) -> float:
    text = _given(env, name)
    try:
        value = float(text) if kind == "a number" else float(int(text))
    except ValueError:
        raise SettingError(name, text, f"{kind} from {low:g} to {high:g}") from None
    if not low <= value <= high:
        raise SettingError(name, text, f"{kind} from {low:g} to {high:g}")
    return value


def _telephone(env: Mapping[str, str], name: str) -> str:
    text = (env.get(name) or "").strip()
    if text and not re.fullmatch(r"\+?[0-9][0-9 -]{1,18}", text):
        raise SettingError(name, text, "a number as people dial it, such as 112")
    return text


def _quiet(env: Mapping[str, str]) -> QuietHours:
    name = _given(env, "NGOZI_TIMEZONE").strip()
    try:
        zone = quiet_hours.zone(name)
    except ValueError:
        raise SettingError(
            "NGOZI_TIMEZONE", name, "the IANA name of a time zone, such as Africa/Lagos"
        ) from None
    text = _given(env, "NGOZI_QUIET_HOURS")
    try:
        return QuietHours(zone, *quiet_hours.hours(text))
    except ValueError:
        raise SettingError("NGOZI_QUIET_HOURS", text, "two hours from 0 to 23, such as 20-7") from None


def _proxies(env: Mapping[str, str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    text = _given(env, "NGOZI_PROXIES")
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(","))
    except ValueError:
        raise SettingError(
            "NGOZI_PROXIES", text, "addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/24"
        ) from None


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = _given(env, name).lower()
    if text not in ("0", "1", "no", "yes", "false", "true"):
        raise SettingError(name, text, "0 or 1")
    return text in ("1", "yes", "true")


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingError(
            "NGOZI_HOME", str(folder), f"a folder that can be made ({error.strerror})"
        ) from None
