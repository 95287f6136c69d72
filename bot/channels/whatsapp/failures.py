"""What Twilio's error codes and statuses mean to the send loop. Pure. Source: messaging.md 3.5.

The same table serves an answer to our request and the ErrorCode of a status callback: 63016 and its like
mostly arrive there, after Twilio has accepted the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from bot.channels import SendFailed

__all__ = ["Kind", "failure", "kind_of", "rank"]

Kind = Literal["later", "outage", "slow", "never", "stopped", "window", "moved", "unknown"]

CHAT_PAUSE_S: Final = 10.0
DAILY_PAUSE_S: Final = 3600.0

_KINDS: Final[Mapping[int, Kind]] = {
    63016: "window",  # outside the 24 h window
    63015: "window",  # sandbox: the person must join again by writing
    63014: "stopped",  # blocked by the person
    21610: "stopped",  # opted out
    63018: "slow",  # channel rate limit (to this person)
    # The whole account is too fast, out of quota, or wrongly set up: every message would fail alike.
    63017: "outage",
    63038: "outage",
    20429: "outage",
    30001: "outage",
    21611: "outage",
    20003: "outage",
    20005: "outage",
    20403: "outage",
    20404: "outage",
    63007: "outage",  # no such WhatsApp sender in this account
    63020: "outage",  # the sender's business invitation is not accepted
    63112: "outage",  # Meta disabled the business account
    63010: "later",  # internal
    63012: "later",  # the channel provider's internal error
    30008: "later",  # unknown error
    63003: "never",  # no such recipient
    63024: "never",  # invalid recipient
    63005: "never",  # content not accepted
    63013: "never",  # content against the channel's policy
    # Mostly Twilio could not fetch our address: a web process that restarts. The next try has a fresh address.
    63019: "later",
    11200: "later",
    63021: "never",  # content
    63032: "never",  # WhatsApp does not let this person be written to
    21211: "never",
    21617: "never",  # too long
    21656: "never",  # content variables
}
_TOKEN: Final = frozenset({20003, 20005, 20403})


def kind_of(code: int | str, http_status: int = 400) -> Kind:
    """What can be done about an error: see `SendFailed.kind`. Unknown codes go by the HTTP status.

    code: Twilio's error code; 0 or '' where there is none. http_status: 400 for the code of a status
    callback.
    """
    number = int(code) if str(code).isdecimal() else 0
    if (known := _KINDS.get(number)) is not None:
        return known
    if http_status in {401, 403, 404, 429} or http_status >= 500:
        return "outage"
    return "later" if http_status == 408 else "never"


def failure(code: int | str, http_status: int, retry_after_s: float | None = None) -> SendFailed:
    """The error to raise, with the code for the logs ('token' where our credentials are refused)."""
    number = int(code) if str(code).isdecimal() else 0
    kind = kind_of(number, http_status)
    if number in _TOKEN or http_status == 401:
        name = "token"
    elif number and number != http_status:
        name = str(number)
    else:
        name = f"http_{http_status}"
    if retry_after_s is None and kind == "slow":
        retry_after_s = CHAT_PAUSE_S
    if retry_after_s is None and number == 63038:
        retry_after_s = DAILY_PAUSE_S
    return SendFailed(kind, code=name, retry_after_s=retry_after_s)


_RANK: Final[Mapping[str, int]] = {"accepted": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}


def rank(status: str) -> int:
    """How far a `DeliveryStatus.status` is: a stored status gives way only to one of higher rank.

    Callbacks may arrive late and in any order. 'failed' outranks 'sent' (it is later), but proof that the
    message arrived outranks 'failed'. -1 for what is no status.
    """
    return _RANK.get(status, -1)
