"""`ngozi check`: tries everything that must work, one line each, with what to do where it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

import locales
from bot import migrations, stored_state
from bot.channels import SendFailed
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp.templates import can_knock
from bot.clock import db_now, now
from bot.database import reading
from bot.errors import NgoziError
from bot.media.vault import Vault
from bot.queue import make_celery
from bot.sealing import Sealer
from bot.settings import Settings
from bot.settings_accounts import TelegramAccount, WhatsAppAccount
from bot.spool import Spool
from bot.tables import Chat, Heartbeat, Person
from bot.web.health import CLOCK_S
from worker.keys_checked import check_keys
from worker.opened import database
from worker.preparing import speak_live
from worker.serving import refuse_without_number
from worker.webhooks import reason

__all__ = ["run"]

# An error of a webhook that is older has been mended since, or nobody has written.
RECENT_S = 3600.0
# What SQLite and PostgreSQL still write with, and photographs for a while.
FREE_MB = 1000

Check = tuple[str, Callable[[], str], str]


def run(out: Console) -> int:
    """0 where everything works, 1 where something does not, 2 where the settings cannot be read."""
    try:
        settings = Settings.read()
    except NgoziError as error:
        out.print(f"[red]settings   {escape(str(error))}[/red]", highlight=False)
        return 2
    out.print(f"[green]ok[/green]  settings   home {escape(str(settings.home))}", highlight=False)
    failures = 0
    for name, look, remedy in _checks(settings):
        try:
            said = look()
        except Exception as error:  # noqa: BLE001 - a doctor reports whatever is wrong, and goes on
            failures += 1
            wrong = str(error) if isinstance(error, NgoziError) else type(error).__name__
            out.print(f"[red]--[/red]  {name:<10} {escape(f'{wrong}; {remedy}')}", highlight=False)
            continue
        out.print(f"[green]ok[/green]  {name:<10} {escape(said)}", highlight=False)
    for name, meaning in _numbers_missing(settings):
        out.print(f"[yellow]!![/yellow]  {'numbers':<10} {name} is not set: {meaning}", highlight=False)
    for name, count in _not_called(settings):
        said = (
            f"account {name}: {count} cannot be called outside WhatsApp's 24 hours; "
            "set alert=HX... in NGOZI_WHATSAPP_TEMPLATES"
        )
        out.print(f"[yellow]!![/yellow]  {'clinicians':<10} {said}", highlight=False)
    return 1 if failures else 0


def _numbers_missing(settings: Settings) -> Iterator[tuple[str, str]]:
    """Telephone numbers that the chat would say and does not have. A warning: it can run without, and says less."""
    if not settings.crisis_line:
        yield "NGOZI_CRISIS_LINE", "whoever wants to die is told of no line to call"
    if not settings.violence_line:
        yield "NGOZI_VIOLENCE_LINE", "whoever is hurt by somebody is told of no line to call"


def _not_called(settings: Settings) -> Iterator[tuple[str, int]]:
    """WhatsApp accounts with clinicians who hear of nobody's danger once they have not written for a day, and how many."""
    if not settings.whatsapp:
        return
    works = (Person.active, Person.role == "clinician", Chat.channel == "whatsapp", Chat.stopped.is_(False))
    chats = select(Chat.account, Chat.state).join(Person, Person.id == Chat.person_id).where(*works)
    try:
        with database(settings) as engine, reading(engine) as connection:
            rows = connection.execute(chats).all()
    except SQLAlchemyError:
        return  # a line of its own says so
    for number in settings.whatsapp:
        languages = [stored_state.speaks(row.state) for row in rows if row.account == number.name]
        count = sum(not can_knock(language, number.templates) for language in languages)
        if count:
            yield number.name, count


def _checks(settings: Settings) -> Iterator[Check]:
    yield "emergency", lambda: _emergency(settings), "without it only the demo starts"
    yield "database", lambda: _database(settings), "see NGOZI_DATABASE_URL; then run 'ngozi migrate'"
    yield "key", lambda: _key(settings), "put the old key back, see NGOZI_SECRET_KEY"
    yield "clock", lambda: _clock(settings), "see 'timedatectl'; the clock was ahead, or is behind now"
    yield "broker", lambda: _broker(settings), "see NGOZI_BROKER_URL; is Redis running?"
    yield "storage", lambda: _storage(settings), "see NGOZI_MEDIA_URL; the folder must be writable"
    yield "spool", lambda: _spool(settings), "see NGOZI_SPOOL; the folder must be writable, on a local disk"
    yield "disk", lambda: _disk(settings), "make room: on a full disk nothing is kept"
    for bot in settings.telegram:
        yield (
            "telegram",
            partial(_telegram, settings, bot),
            f"see NGOZI_TELEGRAM_TOKEN of account {bot.name}",
        )
    for number in settings.whatsapp:
        yield (
            "whatsapp",
            partial(_whatsapp, settings, number),
            f"see NGOZI_TWILIO_ACCOUNT_SID and NGOZI_TWILIO_AUTH_TOKEN of account {number.name}",
        )
    yield (
        "languages",
        lambda: _languages(settings),
        "have a pack reviewed, or set NGOZI_ALLOW_UNREVIEWED=1 for a trial",
    )
    yield (
        "clinical",
        lambda: _clinical(settings),
        "have a clinician sign the rows (deploy/TECHNICIAN.md, 'Who signs'), or set NGOZI_ALLOW_UNREVIEWED=1 for a trial",
    )
    yield "model", lambda: _model(settings), "see NGOZI_MODEL"


def _emergency(settings: Settings) -> str:
    refuse_without_number(settings)
    return f"call {settings.emergency}"


def _database(settings: Settings) -> str:
    with database(settings) as engine:
        try:
            found, wanted = migrations.current(engine), migrations.head()
        except SQLAlchemyError as error:
            raise NgoziError(f"does not answer ({type(error).__name__})") from None
    if found != wanted:
        raise NgoziError(f"at revision {found or 'none'}; expected {wanted}")
    return f"revision {found}"


def _key(settings: Settings) -> str:
    with database(settings) as engine:
        try:
            with reading(engine) as connection:
                opened = check_keys(connection, settings.master_keys)
        except SQLAlchemyError as error:
            raise NgoziError(f"not known: the database does not tell ({type(error).__name__})") from None
    return "opens what was sealed" if opened else "nothing was sealed yet"


def _clock(settings: Settings) -> str:
    with database(settings) as engine:
        try:
            with reading(engine) as connection:
                # Of the rows that are written again and again: the others keep the date of a wrong clock.
                at_work = Heartbeat.process.in_(("sweep", "retention"))
                ahead = connection.execute(
                    select(func.max(Heartbeat.at) - db_now()).where(at_work)
                ).scalar_one_or_none()
        except SQLAlchemyError as error:
            raise NgoziError(f"not known: the database does not tell ({type(error).__name__})") from None
    if ahead is not None and ahead > CLOCK_S:
        raise NgoziError(f"the database holds times up to {ahead / 3600:.1f} hours to come; expected none")
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _broker(settings: Settings) -> str:
    if settings.embedded:
        return "embedded"
    with make_celery(settings.broker_url).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=3)
    return "answers"


def _storage(settings: Settings) -> str:
    Vault(settings.media_url, settings.master_keys).probe()
    return "written, read and deleted"


def _spool(settings: Settings) -> str:
    Spool(settings.spool, Sealer(settings.master_keys)).close()
    return "writable"


def _disk(settings: Settings) -> str:
    """The free space of where we write, each disk once."""
    places = [settings.home, settings.spool]
    if "://" not in settings.media_url or settings.media_url.startswith("file://"):
        places.append(Path(settings.media_url.removeprefix("file://")))
    free = {p.stat().st_dev: shutil.disk_usage(p).free // 10**6 for p in places if p.is_dir()}
    least = min(free.values(), default=FREE_MB)
    if least < FREE_MB:
        raise NgoziError(f"{least} MB are free; expected {FREE_MB} or more")
    return f"{least} MB free"


def _telegram(settings: Settings, account: TelegramAccount) -> str:
    bot = Telegram(account.name, account.token, account.secret, account.api)
    try:
        bot.probe()
        where = bot.webhook()
    except SendFailed as error:
        raise NgoziError(f"account {account.name}: {reason(error)}") from None
    finally:
        bot.close()
    wanted = f"{settings.public_url}/webhooks/telegram/{account.name}"
    # Polling has no address; and one that Telegram delivers to must be ours.
    if where.address and where.address != wanted:
        raise NgoziError(
            f"account {account.name}: Telegram delivers to {where.address}; expected {wanted}: 'ngozi register'"
        )
    if where.failed_at is not None and now() - where.failed_at < RECENT_S:
        raise NgoziError(
            f"account {account.name}: Telegram could not deliver to {where.address} in the last hour ({where.waiting} wait); "
            "expected a valid certificate, an open port and 'ngozi register'"
        )
    told = (
        f"delivers to {where.address}"
        if where.address
        else "no address is registered: 'ngozi register' or 'ngozi poll'"
    )
    return f"account {account.name}; {told}"


def _whatsapp(settings: Settings, account: WhatsAppAccount) -> str:
    number = WhatsApp(
        account.name,
        account.account_sid,
        account.auth_token,
        account.sender,
        settings.public_url,
        api_url=account.api if account.api != "https://api.twilio.com" else "",
    )
    try:
        number.probe()
    except SendFailed as error:
        raise NgoziError(f"account {account.name}: {reason(error)}") from None
    return f"account {account.name}"


def _languages(settings: Settings) -> str:
    speak_live(settings)
    try:
        names = locales.languages(settings.allow_unreviewed)
        drafts = [c for c in names if locales.pack(c).status != "reviewed"]
    finally:
        locales.use(None)
    if not names:
        raise NgoziError("no language pack is reviewed")
    note = f"; NOT REVIEWED: {', '.join(drafts)} (chats say so in their first message)" if drafts else ""
    return f"{', '.join(names)}{note}"


def _clinical(settings: Settings) -> str:
    from bot.clinical import unreviewed_rows

    rows = sum(unreviewed_rows().values())
    if rows and not settings.allow_unreviewed:
        raise NgoziError(f"{rows} clinical rows are not signed by a clinician")
    return f"NOT REVIEWED: {rows} rows are not signed (chats say so)" if rows else "all rows signed"


def _model(settings: Settings) -> str:
    if settings.model == "off":
        return "off: every photograph goes to a person"
    from worker.model_loading import load

    load(settings)
    return settings.model
