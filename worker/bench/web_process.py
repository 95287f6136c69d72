"""The measured web server: the real application with a Telegram account, and an empty handler beside it.

`python -m worker.bench.web_process`: prints its port, serves until its standard input closes. Wake-ups are sent as in
service; nobody takes them, so they are thrown away once a second.
"""

from __future__ import annotations

import socket
import threading
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import logs, migrations
from bot.queue import QUEUE_OF, CeleryWake, make_celery
from bot.settings import Settings
from worker import parts as parts_room
from worker.bench.child import answer, end_with_parent
from worker.serving import server, web_app

__all__ = ["main"]

EMPTY_PATH = "/bench/empty"
ACCEPT_PATH = "/webhooks/telegram/main"


async def empty(request: Request) -> Response:
    """What costs least: the body is read and 200 answered."""
    await request.body()
    return Response(b"")


def main() -> None:
    """Serves."""
    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    end_with_parent()
    celery = make_celery("memory://")
    parts = parts_room.build(settings, CeleryWake(celery))
    migrations.upgrade(parts.engine)
    app = web_app(parts)
    app.router.routes.append(Route(EMPTY_PATH, empty, methods=["POST"]))

    def throw_away() -> None:
        with celery.connection_for_write() as connection:
            while True:
                time.sleep(1.0)
                for name in set(QUEUE_OF.values()):
                    connection.default_channel.queue_purge(name)

    threading.Thread(target=throw_away, daemon=True, name="throw-away").start()
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    answer(port=listener.getsockname()[1], secret=settings.telegram[0].secret)
    server(app, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
