"""`ngozi`: one command for everything. It puts the parts together; torch is imported only where a command needs it.

A wrong setting or argument is one sentence that names the value and what was expected, and exit status 2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.database import lacks_tables
from bot.errors import NgoziError
from bot.settings import Settings

__all__ = ["main"]

app = typer.Typer(
    name="ngozi",
    help="Skin photographs in, findings out: decision support over Telegram, WhatsApp and web chat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(soft_wrap=True)


def _settings() -> Settings:
    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    return settings


@app.command()
def demo(
    port: Annotated[int | None, typer.Option(help="port of the web chat")] = None,
) -> None:
    """Starts everything in one process on this machine: no Redis, no PostgreSQL, no tokens."""
    from worker.demo import run

    os.environ.setdefault("NGOZI_ALLOW_UNREVIEWED", "1")
    os.environ.setdefault("NGOZI_LOG", "warning")
    if port is not None:
        os.environ["NGOZI_PORT"] = str(port)
    run(_settings(), out)


@app.command("try")
def try_photo(
    photo: Annotated[Path, typer.Argument(help="a photograph (JPEG, PNG, WebP or HEIC)")],
    lang: Annotated[str, typer.Option(help="language of the chat")] = "en",
    answers: Annotated[
        str, typer.Option(help="answers other than the usual, e.g. age=child,site=arm,itch=yes")
    ] = "",
) -> None:
    """Prints the whole chat of one photograph."""
    from worker.trial import run

    os.environ.setdefault("NGOZI_LOG", "error")
    run(photo, lang, answers, Console())


@app.command()
def serve(
    register: Annotated[
        bool, typer.Option(help="tell Telegram our webhook address, again until it hears")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="web processes")] = 1,
) -> None:
    """Runs the web process: webhooks, web chat, health. With the embedded broker it runs the workers too."""
    from worker.serving import run

    run(_settings(), register=register, workers=workers)


@app.command("register")
def register_() -> None:
    """Tells Telegram our webhook address, once, for every bot."""
    from worker.webhooks import register

    register(_settings(), lambda account: out.print(f"registered: account {account}", markup=False))


@app.command()
def worker(
    queues: Annotated[
        str, typer.Option(help="of turn, deliver, gpu, sweep; 'beat' is the clock of the sweep")
    ] = "turn,deliver,sweep",
    threads: Annotated[int, typer.Option(min=1, max=256, help="tasks at once")] = 4,
) -> None:
    """Runs a Celery worker (production: needs NGOZI_BROKER_URL on Redis)."""
    from worker.serving import run_worker

    run_worker(_settings(), queues, threads)


@app.command()
def poll() -> None:
    """Fetches Telegram updates where no webhook can reach this machine; runs the workers too if embedded."""
    from worker.polling import run

    run(_settings())


@app.command()
def migrate() -> None:
    """Brings the database to the newest revision, and the shipped language packs into it."""
    from bot import migrations
    from worker.opened import database
    from worker.preparing import prepare
    from worker.serving import refuse_unsigned_rows

    settings = _settings()
    with database(settings) as engine:
        before = migrations.current(engine)
        if before not in (None, migrations.head()) and not settings.allow_unreviewed:
            # This version would not start, and the one that serves until now not on the new database.
            refuse_unsigned_rows()
        prepare(engine)
        out.print(f"database: {before or 'empty'} -> {migrations.current(engine)}")


@app.command()
def check() -> None:
    """A doctor: reads the settings and tries database, broker, storage, spool, tokens, packs and model."""
    from worker.doctor import run

    raise typer.Exit(run(out))


@app.command()
def erase(
    chat: Annotated[str, typer.Option(help="channel:account:address of the chat")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Erases one chat: rows, photographs, and what the provider lets us delete."""
    from worker.erasing import run

    if not yes:
        typer.confirm("Erase this chat for good?", abort=True)
    run(_settings(), chat, out)


@app.command()
def rotate() -> None:
    """Rewraps the keys of all photographs with the newest master key of NGOZI_SECRET_KEY."""
    from worker.erasing import rotate_keys

    rotate_keys(_settings(), out)


@app.command()
def bench(
    out_dir: Annotated[Path, typer.Option("--out", help="folder for bench.json and bench.md")] = Path(
        "runs/bench"
    ),
    seconds: Annotated[float, typer.Option(min=1, help="how long each measurement runs")] = 10.0,
    pages: Annotated[
        int, typer.Option(min=0, help="only the console's pages, at so many made-up cases, e.g. 10000")
    ] = 0,
) -> None:
    """Measures this machine: webhook accepts, the whole pipeline, photo to findings, memory."""
    from worker.bench import run, run_pages

    os.environ.setdefault("NGOZI_LOG", "error")
    if pages:
        run_pages(out_dir, max(pages, 10), out)
    else:
        run(out_dir, seconds, out)


def mount() -> None:
    """Sub-commands live beside what they command."""
    from worker import (  # noqa: F401  (they add themselves to the model's commands)
        ask_command,
        convert_command,
        ear_command,
        findings_command,
        model_bench_command,
        pack_commands,
        questions_command,
    )
    from worker.audit_commands import app as audit
    from worker.case_commands import app as cases
    from worker.lang_commands import app as lang
    from worker.model_commands import app as model
    from worker.place_commands import app as places
    from worker.user_commands import app as user

    app.add_typer(user, name="user", help="Health workers, clinicians, and who signs in at the console.")
    app.add_typer(audit, name="audit", help="The audit trail.")
    app.add_typer(cases, name="cases", help="Cases whose patients agreed that they teach the model.")
    app.add_typer(places, name="places", help="Where people can be sent.")
    app.add_typer(lang, name="lang", help="Language packs.")
    app.add_typer(model, name="model", help="Train, evaluate and ask the model.")


def main() -> None:
    """Entry point. Errors that are ours, and those of a missing server, are one sentence."""
    try:
        # A server process need not load what only a person at a terminal asks for.
        if sys.argv[1:2] not in (["serve"], ["worker"], ["migrate"], ["demo"], ["try"], ["poll"]):
            mount()
        app()
    except NgoziError as error:
        _refuse(str(error))
    except SQLAlchemyError as error:
        if lacks_tables(error):
            _refuse(
                "the database has no tables of this version; expected 'ngozi migrate' to have been run with the same "
                "NGOZI_HOME and NGOZI_DATABASE_URL"
            )
        _refuse(
            f"the database does not answer ({type(error).__name__}); expected NGOZI_DATABASE_URL to be reachable"
        )


def _refuse(sentence: str) -> None:
    print(f"ngozi: {sentence}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
