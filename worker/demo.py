"""`ngozi demo`: everything in one process, with words about what it is doing."""

from __future__ import annotations

import socket
import time

from rich.console import Console

import locales
from bot.errors import SettingError
from bot.settings import Settings
from worker.embedded import embedded
from worker.preparing import prepare_for, speak_live
from worker.serving import server, web_app

__all__ = ["run"]

MODEL_WAIT_S = 120.0


def run(settings: Settings, out: Console) -> None:
    """Starts, prints the addresses, serves until Ctrl-C, stops cleanly."""
    began = time.monotonic()
    listener = _listen(settings)
    out.print(f"[bold]Ngozi demo[/bold]  everything it keeps lies in {settings.home}")
    out.print("  database   ", end="")
    prepare_for(settings)
    out.print("ready")
    speak_live(settings)
    packs = locales.languages(settings.allow_unreviewed)
    out.print(
        f"  languages  {', '.join(locales.pack(code).name for code in packs)} (machine drafts, not reviewed)"
    )
    if not settings.emergency:
        out.print("  emergency  no number is set (NGOZI_EMERGENCY): 'go now' says no number to call")
    with embedded(settings) as (parts, child):
        out.print("  workers    ready")
        if child is not None:
            out.print("  model      loading (this takes a few seconds) ... ", end="")
            out.print(
                "ready" if child.ready.wait(MODEL_WAIT_S) else "[red]not yet; findings will wait for it[/red]"
            )
        port = listener.getsockname()[1]
        out.print(f"  started in {time.monotonic() - began:.1f} s\n")
        out.print(f"  web chat   [bold]http://{_shown(settings.host)}:{port}/chat[/bold]")
        out.print(f"  health     http://{_shown(settings.host)}:{port}/health")
        out.print(f"  console    http://{_shown(settings.host)}:{port}/console")
        out.print(
            "             for staff; first, in another terminal: ngozi user add YOUR-NAME --role admin\n"
        )
        out.print("  Open the web chat and send a photograph of a spot, lump or sore on skin.")
        out.print("  This is decision support, not a diagnosis, and no medical device. Ctrl-C stops it.\n")
        server(web_app(parts), settings).run(sockets=[listener])
    out.print("stopped")


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, before anything else is started: a port in use is said at once."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingError(
            "NGOZI_PORT",
            settings.port,
            f"a free port on {settings.host} ({error.strerror}); try NGOZI_PORT=8001 make demo",
        ) from None
    return listener


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
