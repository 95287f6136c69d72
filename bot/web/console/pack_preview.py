"""The preview: the whole conversation of a sample case as each channel shows it, beside English; one sentence of it to be heard.

The web process has no voice: a sentence is ordered of a worker (bot.packs.sounds). The page looks again by itself until it can
be heard; without JavaScript by a link.
"""

from __future__ import annotations

from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

import locales
from bot.database import reading, transaction
from bot.packs import preview, shelf, sounds, written
from bot.packs.store import Version
from bot.queue import SWEEP
from bot.web.console import numbers, sample_names
from bot.web.console.frame import Console
from bot.web.console.pack_visit import of_version, version_path
from bot.web.console.visit import Visit
from bot.web.media import MIMES, Found, served

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    path = "/packs/{language}/{number:number}/preview"
    console.get(path, "see_packs", show)
    console.post(f"{path}/listen", "order_sounds", listen)
    console.get(f"{path}/sound/{{sound:number}}", "see_packs", heard)
    console.get(f"{path}/sound/{{sound:number}}/state", "see_packs", state)


@of_version
def show(visit: Visit, version: Version) -> Response:
    """A conversation, message beside message."""
    sample, channel = visit.query("case", "talk"), visit.query("channel", "whatsapp")
    if sample not in preview.samples() or channel not in preview.CHANNELS:
        return visit.problem(404)
    sound_id = visit.count("sound", 0)
    if sound_id is None:
        return visit.problem(404)
    with reading(visit.engine) as connection:
        silent = sounds.mute(connection, visit.console.settings.sweep_s)
        sound = sounds.found(connection, version.id, sound_id, silent=silent) if sound_id else None
        shown = _library(connection, version)
    with locales.holding(shown):
        played = preview.paired(sample, version.language, channel)
        pairs = [
            (mine, english, [locales.render(text, version.language) for text in aloud])
            for mine, english, aloud in played
        ]
    return visit.page(
        "pack_preview.html",
        version=version,
        path=version_path(version),
        pairs=pairs,
        sample=sample,
        samples=sample_names.groups(visit),
        channel=channel,
        channels=preview.CHANNELS,
        at=visit.query("at"),
        sound=sound,
        busy=visit.query("sound") == "0",
        silent=silent,
    )


@of_version
def listen(visit: Visit, version: Version) -> Response:
    """Orders one sentence, by its place in the sample."""
    sample, channel, at = visit.form.get("case"), visit.form.get("channel"), visit.form.get("at")
    message, _, place = at.partition(".")
    first, second = numbers.bounded(message), numbers.bounded(place)
    if sample not in preview.samples() or channel not in preview.CHANNELS or None in (first, second):
        return visit.problem(404)
    assert first is not None
    assert second is not None
    with reading(visit.engine) as connection:
        shown = _library(connection, version)
    with locales.holding(shown):
        said = preview.sentences(sample, version.language, channel)
    if first >= len(said) or second >= len(said[first]) or not version.about.voice:
        return visit.problem(404)
    place_there = {"case": sample, "channel": channel, "at": f"{first}.{second}"}
    with transaction(visit.engine) as connection:
        if sounds.mute(connection, visit.console.settings.sweep_s):
            # The page says so.
            return visit.go(f"{version_path(version)}/preview?{urlencode(place_there)}")
        number = sounds.ask(connection, version.id, said[first][second], visit.me.person_id)
    if number is not None:
        visit.console.wake(SWEEP, 0)
    back = urlencode({**place_there, "sound": number or 0})
    return visit.go(f"{version_path(version)}/preview?{back}#m{first}")


@of_version
def heard(visit: Visit, version: Version) -> Response:
    """The sound."""
    sound = _sound(visit, version)
    if sound is None or sound.audio is None:
        return visit.problem(404)
    return served(visit.request, Found(sound.audio, MIMES["voice"]))


@of_version
def state(visit: Visit, version: Version) -> Response:
    """What became of an order, for the page that looks again: its state, and what is said of one that cannot be heard."""
    sound = _sound(visit, version)
    now = "gone" if sound is None else sound.state
    said = visit.t(f"console.packs.listen_{now}") if now in ("gone", "none") else ""
    return JSONResponse({"state": now, "said": said})


def _sound(visit: Visit, version: Version) -> sounds.Sound | None:
    wanted = numbers.bounded(visit.path("sound"))
    with reading(visit.engine) as connection:
        silent = sounds.mute(connection, visit.console.settings.sweep_s)
        return sounds.found(connection, version.id, wanted, silent=silent) if wanted else None


def _library(connection: Connection, version: Version) -> locales.Library:
    """The library with this version in it."""
    library = locales.library()
    said = written.of_version(connection, version.id)
    return shelf.beside(library, version.language, shelf.handed(version, said, library.template))
