"""Updates fetched instead of delivered, for a machine without a public address (`ngozi poll`).

Only the translation: the caller writes what comes to the inbox and asks for the next offset after its commit, so
that a crash in between fetches the same updates again (their ids make them duplicates) and loses none.
"""

from __future__ import annotations

from bot.channels import RawUpdate
from bot.channels.telegram import Telegram

__all__ = ["get_updates", "next_offset"]


def get_updates(
    adapter: Telegram, offset: int | None = None, *, wait_s: int = 25
) -> list[tuple[int, RawUpdate | None]]:
    """Updates from `offset` on, in order, with their numbers; empty after wait_s without any.

    None stands for an update that concerns no chat: nothing to keep, but the offset passes it. An update that makes
    no sense comes as a RawUpdate with address '', as from a webhook. offset None: the oldest that Telegram holds.
    Raises SendFailed: 'outage' or 'unknown' (try again later), 'later' with code '409' while a webhook is set
    (`Telegram.delete_webhook`) or another process polls, 'outage' with code 'token'.
    """
    return adapter.poll(offset, wait_s)


def next_offset(offset: int | None, updates: list[tuple[int, RawUpdate | None]]) -> int | None:
    """The offset to ask from next, once `updates` are committed; asking from it makes Telegram forget them."""
    return max((number + 1 for number, _ in updates), default=offset)
