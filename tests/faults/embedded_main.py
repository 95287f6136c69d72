"""The embedded runner with the stand-in model in its child: `ngozi serve` in all else."""

from __future__ import annotations

import sys

from bot import logs, migrations
from bot.database import connect
from bot.settings import Settings
from worker.embedded import embedded
from worker.serving import inherited_sockets, server, web_app


def main() -> None:
    """Serves until a signal."""
    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    engine = connect(settings.database_url, keys=settings.master_keys)
    migrations.upgrade(engine)
    engine.dispose()
    with embedded(settings, engine_command=(sys.executable, "-m", "tests.faults.stand_in", "child")) as (
        parts,
        _,
    ):
        server(web_app(parts), settings).run(sockets=inherited_sockets())


if __name__ == "__main__":
    main()
