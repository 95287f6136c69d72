"""Runs the web process and the Celery workers."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from bot import migrations
from bot.errors import NgoziError, SettingError
from bot.queue import QUEUE_OF, SWEEP, CeleryWake, make_celery
from bot.settings import Settings
from bot.web.app import WebParts, make_app
from worker import app as tasks
from worker import parts as parts_room
from worker import webhooks
from worker.embedded import embedded
from worker.engine import Engine
from worker.engine_threads import EngineThreads
from worker.loaded import Loaded, SupportsAnalysis
from worker.opened import database
from worker.parts import Parts
from worker.preparing import prepare_for, speak_live
from worker.typing_shown import Typing

__all__ = ["make_ready", "production_app", "refuse_unsigned_rows", "run", "run_worker", "web_app"]

log = logging.getLogger(__name__)


def refuse_old_database(settings: Settings) -> None:
    """Raises NgoziError where the database is not at this code's revision."""
    with database(settings) as engine:
        found, wanted = migrations.current(engine), migrations.head()
    if found != wanted:
        raise NgoziError(
            f"the database is at revision {found or 'none'}; expected {wanted}: run 'ngozi migrate'"
        )


def refuse_without_number(settings: Settings) -> None:
    """Raises SettingError where nobody has said which number people call in an emergency. Facts: clinical.md 5.4.

    'Go now' must say whom to call. Only the demo and commands at a terminal run without.
    """
    if not settings.emergency:
        raise SettingError(
            "NGOZI_EMERGENCY", "", "the emergency number of the country, as people dial it there, such as 112"
        )


def make_ready(settings: Settings) -> None:
    """What every process asks before it serves anybody: the emergency number, signed rows, a database of this version
    (embedded: migrated here), a reviewed pack. Raises SettingError or NgoziError.

    The rows come before the database is migrated, because nothing goes back from there; packs live in the database.
    """
    refuse_without_number(settings)
    if not settings.allow_unreviewed:
        refuse_unsigned_rows()
    if settings.embedded:
        prepare_for(settings)
    else:
        refuse_old_database(settings)
    speak_live(settings)
    if not settings.allow_unreviewed:
        _refuse_unreviewed_packs()


def refuse_unsigned_rows() -> None:
    """Raises NgoziError. All rows, not one by one: danger signs without those that nobody signed would find less, in silence."""
    from bot.clinical import unreviewed_rows

    if rows := unreviewed_rows():
        where = ", ".join(f"{name} {count}" for name, count in rows.items())
        raise _drafts(
            f"{sum(rows.values())} clinical rows are signed by nobody (bot/clinical: {where}); expected that a clinician reads "
            "each and sets its status to reviewed"
        )


def _refuse_unreviewed_packs() -> None:
    import locales

    if not locales.languages(False):
        raise _drafts("no language pack is reviewed; expected one at least ('ngozi lang review')")


def _drafts(missing: str) -> NgoziError:
    return NgoziError(
        f"{missing}. How: deploy/TECHNICIAN.md, 'Who signs'. To run drafts in a trial, which every chat then says (the demo "
        "does): NGOZI_ALLOW_UNREVIEWED=1"
    )


def web_app(parts: Parts) -> Starlette:
    """The web application over a process's parts."""
    return make_app(WebParts(parts.settings, parts.engine, parts.channels, parts.vault, parts.wake))


def production_app() -> Starlette:
    """The application factory that every uvicorn worker process calls."""
    from bot import logs

    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    wake = CeleryWake(make_celery(settings.broker_url))
    return web_app(parts_room.build(settings, wake))


class _Server(uvicorn.Server):
    """uvicorn, which also lets waiting pages go at once when it is told to end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn.Server."""
        app = self.config.app
        if isinstance(app, Starlette):
            app.state.let_go()
        super().handle_exit(sig, frame)


def server(app: Starlette, settings: Settings) -> uvicorn.Server:
    """A uvicorn server with our limits; its own signal handling and logs are left as they are."""
    return _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # the public address is a setting; the console reads addresses itself (NGOZI_PROXIES)
            server_header=False,
            timeout_keep_alive=75,
            limit_concurrency=2000,
            h11_max_incomplete_event_size=64 * 1024,
            timeout_graceful_shutdown=5,
        )
    )


def inherited_sockets() -> list[socket.socket] | None:
    """The listening socket that the supervisor opened (systemd's LISTEN_FDS), or None: then we open our own.

    While this process restarts, calls wait in that socket's line instead of being refused: Twilio, which hardly
    tries again, notices nothing.
    """
    count = os.environ.get("LISTEN_FDS", "")
    if (
        not count.isdigit()
        or int(count) < 1
        or os.environ.get("LISTEN_PID", str(os.getpid())) != str(os.getpid())
    ):
        return None
    return [socket.socket(fileno=3 + n) for n in range(int(count))]


def run(settings: Settings, *, register: bool, workers: int) -> None:
    """Serves until a signal. Embedded: the database is migrated and the workers run here too."""
    if settings.embedded and workers != 1:
        raise SettingError(
            "--workers", workers, "1 with the embedded broker (its queue lives in one process)"
        )
    make_ready(settings)
    if register:
        webhooks.register_meanwhile(settings)
    if settings.embedded:
        with embedded(settings) as (parts, _):
            server(web_app(parts), settings).run(sockets=inherited_sockets())
        return
    if workers == 1:
        server(production_app(), settings).run(sockets=inherited_sockets())
        return
    uvicorn.run(
        "worker.serving:production_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
    )


def run_worker(
    settings: Settings,
    queues: str,
    threads: int,
    load_model: Callable[[Settings], Loaded | SupportsAnalysis | None] | None = None,
) -> None:
    """Runs a Celery worker for these queues, or the beat process, until a signal. load_model: None = as set."""
    wanted = [q.strip() for q in queues.split(",") if q.strip()]
    known = sorted(set(QUEUE_OF.values()))
    if settings.embedded:
        raise SettingError("NGOZI_BROKER_URL", "memory://", "redis://... for workers of their own")
    if wanted == ["beat"]:
        refuse_without_number(settings)
        run_beat(settings)
        return
    if not wanted or any(q not in known for q in wanted):
        raise SettingError("--queues", queues, f"names out of {', '.join(known)}; or beat")
    make_ready(settings)
    celery = make_celery(settings.broker_url)
    parts = parts_room.build(settings, CeleryWake(celery))
    threads_of_engine = _engine(parts, load_model) if "gpu" in wanted else None
    tasks.register(celery, parts, threads_of_engine.wake if threads_of_engine is not None else lambda: None)
    if "deliver" in wanted:
        Typing(parts).start()
    threading.Thread(target=_watchdog, args=(celery, wanted), daemon=True, name="watchdog").start()
    try:
        celery.Worker(
            pool_cls="threads",
            concurrency=1 if wanted == ["gpu"] else threads,
            queues=wanted,
            hostname=f"{'-'.join(wanted)}-{os.getpid()}@{socket.gethostname()}",
            without_mingle=True,
            without_gossip=True,
            loglevel="WARNING",
        ).start()
    finally:
        if threads_of_engine is not None:
            threads_of_engine.close()


# The engine is woken by tasks; should one be lost, it looks by itself.
ENGINE_POLL_S = 5.0


def _engine(
    parts: Parts, load_model: Callable[[Settings], Loaded | SupportsAnalysis | None] | None
) -> EngineThreads:
    """The running engine, its models loaded."""
    from worker.model_loading import load as load_as_set

    load = load_model or load_as_set
    threads = EngineThreads(parts, Engine(parts, lambda: load(parts.settings)), ENGINE_POLL_S)
    threads.start()
    return threads


# Redis may come back without the consumer noticing (kombu 10205, 10294): a worker whose connection is gone for so
# long ends, and whatever supervises it starts it again.
WATCH_S = 20.0
SILENT_S = 300.0


def _watchdog(celery: object, queues: list[str]) -> None:
    """Ends this process when nothing was taken from the broker for SILENT_S although it answers."""
    last = time.monotonic()
    seen = _taken(celery)
    while True:
        time.sleep(WATCH_S)
        count = _taken(celery)
        if count != seen or _at_work():
            seen, last = count, time.monotonic()
        elif time.monotonic() - last > SILENT_S and _waiting(celery, queues):
            log.error("worker_deaf", extra={"silent_s": int(time.monotonic() - last)})
            os._exit(70)


def _taken(celery: object) -> int:
    from celery.worker import state

    del celery
    return int(sum(state.total_count.values()))


def _at_work() -> bool:
    """True while a task runs: one that works off a long line is not deaf."""
    from celery.worker import state

    return bool(state.active_requests)


def _waiting(celery: object, queues: list[str]) -> bool:
    """True where the broker answers and has tasks in line for this worker."""
    try:
        with celery.connection_for_read() as connection:  # type: ignore[attr-defined]
            channel = connection.default_channel
            return any(channel._size(name) > 0 for name in queues)
    except Exception as error:  # noqa: BLE001 - the broker is away: nothing to conclude
        log.debug("watchdog_broker_away", extra={"error": type(error).__name__})
        return False


def run_beat(settings: Settings) -> None:
    """Wakes the sweep every sweep_s; two of these are harmless."""
    with _beating(settings) as wake:
        while True:
            wake(SWEEP, 0)
            time.sleep(settings.sweep_s)


@contextlib.contextmanager
def _beating(settings: Settings) -> Iterator[CeleryWake]:
    wake = CeleryWake(make_celery(settings.broker_url))
    try:
        yield wake
    finally:
        wake.close()
