"""What works at any moment, in every language: help, stop, delete, language, new."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import another, language, later, teaching
from bot.conversation.events import DropPhotos, Effect, EraseChat
from bot.conversation.here import Here
from bot.conversation.state import ChatState, new_state
from bot.messages import Choice, Reply, Text

__all__ = ["danger_text", "deletion", "erased", "erased_texts", "help_texts", "overlay", "stopped"]


def help_texts(here: Here) -> tuple[Text, ...]:
    """What this is, what can be typed, and where to go in danger."""
    return (danger_text(here), Text("help.what"), Text("help.commands"), Text("help.teaching"))


def danger_text(here: Here) -> Text:
    """Where to go for whoever is hurt by somebody or wants to die."""
    return Text("help.danger", {"number": here.emergency}) if here.emergency else Text("help.danger_local")


def stopped(state: ChatState) -> tuple[ChatState, Reply]:
    """The state after STOP: nothing more is said until the person writes."""
    return replace(state, stopped=True, overlay="", offered=()), Reply((Text("stop.done"),), (), "stop")


def deletion() -> Reply:
    """The question that is asked once before everything is erased."""
    buttons = (
        Choice("delete.yes", Text("delete.yes")),
        Choice("delete.no", Text("delete.no")),
    )
    return Reply((Text("delete.ask"),), buttons, "delete")


def erased(state: ChatState) -> tuple[ChatState, Reply, tuple[Effect, ...]]:
    """A fresh state, what remains elsewhere, and the erasing. The case number goes on: late findings must find no case."""
    fresh = replace(
        new_state(state.language, state.case_version + 1),
        here=state.here,
    )
    waiting: tuple[Effect, ...] = (DropPhotos(state.pending),) if state.pending else ()
    return fresh, Reply(erased_texts(state.here), (), "deleted"), (*waiting, EraseChat())


def erased_texts(here: Here) -> tuple[Text, ...]:
    """What is said when everything was erased, with what remains on the channel."""
    remains = here.channel in ("telegram", "whatsapp", "webchat")
    return (Text("delete.done"), *((Text(f"delete.remains.{here.channel}"),) if remains else ()))


def overlay(state: ChatState) -> Reply:
    """The question that stands before the course of the case."""
    if state.overlay in ("better", "visit"):
        return later.ask(state.overlay)
    if state.overlay == "which":
        return another.ask(state)
    if state.overlay == "teaching":
        return teaching.ask(state)
    return deletion() if state.overlay == "delete" else language.ask(state.here.unreviewed)
