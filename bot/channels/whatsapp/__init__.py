"""WhatsApp through Twilio, translated: webhooks in, messages and media out.

signature  whether a webhook call really comes from Twilio (pure)
forms      its forms in our words: messages, status callbacks, messages listed after an outage (pure)
templates  what is posted for one message: free text, buttons, or a template (pure)
rest       the wire to the API: a time limit, and what left told from what did not
media      a photograph fetched from Twilio, and from nowhere else
failures   error codes and statuses -> SendFailed, MediaFailed (pure)

Everything here obeys messaging.md section 3. The twilio library is the real one; only its HTTP client is ours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any, Final, TypeVar

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from bot.channels import Forged, HttpRequest, MediaFailed, RawUpdate, Received, SendFailed, Sent
from bot.channels.whatsapp import forms, templates
from bot.channels.whatsapp.failures import failure, kind_of, rank
from bot.channels.whatsapp.media import MediaHost, media_sids
from bot.channels.whatsapp.rest import NoAnswer, NotSent, Rest, Unavailable
from bot.channels.whatsapp.signature import Origin, verified
from bot.messages import Attachment, Inbound, Outgoing

__all__ = ["WhatsApp", "kind_of", "rank"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

ANSWER: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
# An uncertain message is looked for from this long before its first try, by Twilio's own clock. It must stay
# under the least interval between two messages to one chat (6 s), or an earlier message of the same words is
# taken for it.
LOOKUP_MARGIN_S: Final = 3.0
LOOKUP_BLIND_S: Final = 600.0  # where nobody says when the first try was
LOOKUP_NEWEST: Final = 50
# Retries of status callbacks (messaging.md 3.1); a fragment is not part of what is signed.
CALLBACK_OVERRIDES: Final = "#rc=3&rp=5xx,ct,rt&rt=4000"

_REFUSED: Final = (TwilioRestException, TwilioServiceException)


class WhatsApp:
    """One WhatsApp number at Twilio; implements `bot.channels.Channel`. Opens nothing until it is used."""

    def __init__(
        self,
        account: str,
        account_sid: str,
        auth_token: str,
        from_address: str,
        public_url: str,
        api_url: str = "",
        media_hosts: Sequence[str] = ("api.twilio.com",),
        templates: Mapping[str, str] | None = None,
        *,
        typing_enabled: bool = False,
        timeout_s: float = 15.0,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """account: our name for it. api_url: '' = the real one. templates: see
        `bot.channels.whatsapp.templates`.

        typing_enabled: Twilio's indicator is a public beta, "not HIPAA-eligible", and marks messages as read.
        Raises ValueError for a public URL that is none.
        """
        self.account = account
        self._sid = account_sid
        self._token = auth_token
        self._from = from_address if from_address.startswith("whatsapp:") else f"whatsapp:{from_address}"
        self._origin = Origin(public_url)
        self._templates = dict(templates or {})
        self._typing = typing_enabled
        self._now = now
        # Proxies of the environment are not used: the check of a redirect's address would be the proxy's to
        # make.
        self._http = httpx.Client(timeout=httpx.Timeout(timeout_s, connect=5.0), trust_env=False)
        self._rest = Rest(self._http, api_url)
        self._client = Client(account_sid, auth_token, http_client=self._rest)
        self._media = MediaHost(self._http, (account_sid, auth_token), media_hosts, api_url, sleep)

    # --- in ---

    def receive(self, request: HttpRequest) -> Received:
        """See `Channel.receive`. Raises Forged, also for a signed call that is meant for another number.

        Such a call comes from a wrong entry in Twilio's console. Kept, it would be answered from a number
        that its sender never wrote to; refused, it stands in the console's error log where the mistake was
        made.
        """
        fields = verified(request, self._origin, self._token)
        if fields.get("AccountSid", self._sid) != self._sid:
            raise Forged("another account")
        answer = Received(answer=ANSWER, content_type="text/xml")
        if forms.is_status(fields):
            said = forms.status(fields, request.query)
            return Received(statuses=(said,) if said else (), answer=ANSWER, content_type=answer.content_type)
        if fields.get("To", self._from) != self._from:
            raise Forged("another number")
        update = forms.raw_update(fields, request.body)
        return Received(updates=(update,), answer=ANSWER, content_type=answer.content_type)

    def parse(self, payload: str) -> Inbound:
        """See `Channel.parse`. Raises ValueError."""
        return forms.inbound(payload)

    def fetch(self, attachment: Attachment) -> bytes:
        """See `Channel.fetch`. Raises MediaFailed."""
        return self._media.fetch(attachment.ref)

    def missed_since(self, since: float) -> Iterator[RawUpdate]:
        """The messages that people sent us since a time (epoch s), oldest first, as `receive` would give
        them.

        The net under an outage: Twilio tries a webhook once or twice and then never again. Duplicates of what
        the inbox has carry the same external id. What has neither text nor media is left out: it was
        redacted, or is a location, which the list does not tell. Raises SendFailed('outage').
        """
        listed = self._ask(
            lambda: self._client.messages.list(to=self._from, date_sent_after=_utc(since), page_size=200)
        )
        listed.reverse()  # newest first as listed, with dates of whole seconds: a stable sort keeps the order
        for message in sorted(listed, key=_sent):
            inbound = message.direction == "inbound" and message.to == self._from
            # The list is filtered by whole days.
            if inbound and _sent(message) >= since and (message.body or int(message.num_media or 0)):
                yield self._listed(message)

    # --- out ---

    def send(self, outgoing: Outgoing) -> Sent:
        """See `Channel.send`. Raises SendFailed."""
        params = templates.content(outgoing, self._templates, self._now())
        if outgoing.uncertain and (found := self._find(outgoing)):
            return Sent(found, looked_up=True)
        try:
            message = self._client.messages.create(
                to=outgoing.address,
                from_=self._from,
                status_callback=self.status_callback(outgoing.id),
                **params,
            )
        except NotSent:
            raise SendFailed("outage", code="connect") from None
        except NoAnswer:
            raise SendFailed("unknown", code="no_answer") from None
        except ValueError:
            raise SendFailed("unknown", code="unreadable") from None
        except Unavailable as refused:
            raise _failed(refused) from None
        except _REFUSED as refused:
            raise failure(refused.code or 0, refused.status) from None
        if message.status in {"failed", "undelivered"}:
            raise failure(message.error_code or 0, 400)
        return Sent(str(message.sid))

    def status_callback(self, outgoing_id: str) -> str:
        """Where Twilio tells what became of a message of ours."""
        path = f"/webhooks/whatsapp/{self.account}/status?reply={outgoing_id}"
        return f"{self._origin.url}{path}{CALLBACK_OVERRIDES}"

    def typing(self, address: str, reply_context: str) -> None:
        """See `Channel.typing`. reply_context: the sid of the person's message, which it marks as read."""
        if not self._typing or not reply_context:
            return
        try:
            self._client.messaging.v2.typing_indicator.create(channel="WHATSAPP", message_id=reply_context)
        except (NotSent, NoAnswer, Unavailable, ValueError, *_REFUSED):
            _log.debug("whatsapp typing not shown", extra={"account": self.account})

    # --- forgetting ---

    def forget(self, attachment: Attachment) -> None:
        """Deletes Twilio's copy of a photograph, or, where `ref` is empty, redacts the text of the message
        `message_ref` (a sid, of either direction); done, too, where it is gone already. Raises MediaFailed.
        """
        if not attachment.ref and attachment.message_ref:
            self.redact(attachment.message_ref)
            return
        sids = media_sids(attachment.ref)
        if sids is None or sids[0] != self._sid:
            raise MediaFailed("no media address of this account", retryable=False)
        self._remove(lambda: self._client.messages(sids[1]).media(sids[2]).delete())

    def redact(self, message_sid: str) -> None:
        """Empties the text of a message at Twilio, in or out, and deletes its media; its date and addresses stay. Raises
        MediaFailed.
        """
        self._remove(lambda: self._empty(message_sid))

    def _empty(self, message_sid: str) -> None:
        message = self._client.messages(message_sid)
        # What we sent to be seen or heard is copied there too.
        if int(message.update(body="").num_media or 0):
            for medium in message.media.list(limit=20):
                message.media(medium.sid).delete()

    def sent_between(self, address: str, since: float, until: float) -> list[str]:
        """The sids of our messages to an address whose text Twilio holds, made between two times (epoch s).

        What failed counts too: its text is kept like any other. Raises SendFailed('outage').
        """
        found = {
            str(message.sid)
            for message in self._ours(address, since - LOOKUP_MARGIN_S)
            if message.body and _created(message) <= until + LOOKUP_MARGIN_S + self._rest.clock_offset_s
        }
        return sorted(found)

    def probe(self) -> str:
        """The state of the Twilio account: 'active', 'suspended' or 'closed'. Raises SendFailed('outage').

        code 'token' where the credentials are refused; 'connect' where there is no connection.
        """
        return str(self._ask(lambda: self._client.api.accounts(self._sid).fetch()).status)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # --- asking Twilio ---

    def _ask(self, question: Callable[[], _T]) -> _T:
        """The answer to a question that changes nothing. Whatever stands in its way is an outage."""
        try:
            return question()
        except (NotSent, NoAnswer, ValueError) as lost:
            raise SendFailed("outage", code="connect" if isinstance(lost, NotSent) else "no_answer") from None
        except Unavailable as refused:
            raise _failed(refused) from None
        except _REFUSED as refused:
            failed = failure(refused.code or 0, refused.status)
            raise SendFailed("outage", code=failed.code, retry_after_s=failed.retry_after_s) from None
        except TwilioException as refused:
            # The library's lists raise this bare, with the answer (and its text) as an argument.
            status = getattr(refused.args[-1] if refused.args else None, "status_code", 0)
            raise SendFailed("outage", code="token" if status == 401 else f"http_{status}") from None

    def _remove(self, call: Callable[[], object]) -> None:
        try:
            call()
        except (NotSent, NoAnswer, ValueError):
            raise MediaFailed("connect", retryable=True) from None
        except Unavailable as refused:
            raise MediaFailed(f"http {refused.status}", retryable=True) from None
        except _REFUSED as refused:
            if refused.status != 404:
                # 409 and 20009: not yet in a final state.
                retryable = refused.status in {401, 403, 409} or refused.code == 20009
                raise MediaFailed(f"http {refused.status}", retryable=retryable) from None

    def _find(self, outgoing: Outgoing) -> str:
        """The sid of a message that an earlier try left at Twilio, or ''. Raises SendFailed('outage').

        One that failed there does not count: sending it again doubles nothing.
        """
        first = outgoing.first_tried_at
        since = (self._now() - LOOKUP_BLIND_S if first is None else first) - LOOKUP_MARGIN_S
        for message in self._ours(outgoing.address, since):
            alive = message.status not in {"failed", "undelivered", "canceled"}
            text = templates.same_text(outgoing.text, message.body or "", bool(self._templates))
            alike = (outgoing.medium is not None) == bool(int(message.num_media or 0))
            if alive and text and alike:
                return str(message.sid)
        return ""

    def _ours(self, address: str, since: float) -> Iterator[Any]:
        """Our messages to an address from a time on (epoch s, our clock). Raises SendFailed('outage').

        Asked twice: by date, and for the newest whatever their date, because a message that is still queued
        has no DateSent. So one may come twice.
        """
        by_date = {"date_sent_after": _utc(since + self._rest.clock_offset_s), "limit": 200}
        for filters in (by_date, {"limit": LOOKUP_NEWEST}):
            listed = self._ask(partial(self._client.messages.list, address, self._from, **filters))
            # By Twilio's clock, which is known since the answer came. Dates there have no fractions.
            earliest = int(since + self._rest.clock_offset_s)
            for message in listed:
                ours = str(message.direction).startswith("outbound") and message.to == address
                if ours and _created(message) >= earliest:
                    yield message

    def _listed(self, message: Any) -> RawUpdate:
        fields = {
            "AccountSid": self._sid,
            "MessageSid": str(message.sid),
            "From": message.from_ or "",
            "To": message.to,
            "Body": message.body or "",
            "NumMedia": str(message.num_media or "0"),
            "DateSent": format_datetime(message.date_sent) if message.date_sent else "",
        }
        if fields["NumMedia"] != "0":
            media = self._ask(lambda: self._client.messages(message.sid).media.list(limit=20))
            for n, medium in enumerate(media):
                path = f"/2010-04-01/Accounts/{self._sid}/Messages/{medium.parent_sid}/Media/{medium.sid}"
                fields[f"MediaUrl{n}"] = f"https://api.twilio.com{path}"
                fields[f"MediaContentType{n}"] = medium.content_type or ""
        # Dates there have no fractions, and are of Twilio's clock.
        sent_at = _sent(message) + 1.0 - self._rest.clock_offset_s
        return replace(forms.raw_update(fields, str(message.sid).encode()), sent_at=sent_at)


def _failed(refused: Unavailable) -> SendFailed:
    return failure(refused.code, refused.status, refused.retry_after_s)


def _utc(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(max(epoch_s, 0.0), UTC)


def _sent(message: Any) -> float:
    date = message.date_sent or message.date_created
    return date.timestamp() if date else 0.0


def _created(message: Any) -> float:
    date = message.date_created or message.date_sent
    return date.timestamp() if date else 0.0
