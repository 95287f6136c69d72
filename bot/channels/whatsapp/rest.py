"""The wire under the twilio library: an HTTP client that has a timeout and tells what left from what did not.

`twilio.http.http_client.TwilioHttpClient` is not used: it logs addresses at INFO, waits for ever by default,
and its errors do not say whether a request had left. Where an API address is set (tests, the fault harness),
every *.twilio.com host is replaced by it.
"""

from __future__ import annotations

import json
import logging
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from twilio.http import HttpClient
from twilio.http.response import Response

__all__ = ["NoAnswer", "NotSent", "Rest", "Unavailable"]


class NotSent(Exception):
    """No connection: the request never left."""


class NoAnswer(Exception):
    """The request left and no answer came."""


class Unavailable(Exception):
    """429 or 5xx. code: Twilio's, or 0."""

    def __init__(self, status: int, code: int, retry_after_s: float | None) -> None:
        super().__init__(f"http {status} code {code}")
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


class Rest(HttpClient):  # type: ignore[misc]
    """A client for `twilio.rest.Client(http_client=...)`; safe to use from several threads."""

    def __init__(self, http: httpx.Client, api_url: str = "") -> None:
        super().__init__(logging.getLogger(__name__), False, None)
        self._http = http
        self._api_url = api_url.rstrip("/")
        self.clock_offset_s = 0.0  # Twilio's clock less ours, from the last answer

    def rewritten(self, url: str) -> str:
        """The address really asked: `api_url` in place of any host of twilio.com."""
        parts = urlsplit(url)
        if not self._api_url or not (parts.hostname or "").endswith(".twilio.com"):
            return url
        return self._api_url + parts.path + (f"?{parts.query}" if parts.query else "")

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer below 500, except 429. Raises NotSent, NoAnswer, Unavailable."""
        try:
            answer = self._http.request(
                method.upper(),
                self.rewritten(uri),
                params={k: v for k, v in params.items() if v is not None} if params else None,  # type: ignore[misc]
                data=data or None,
                headers=headers,
                auth=auth,
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NotSent from None
        except httpx.TransportError:
            raise NoAnswer from None
        self._note_clock(answer)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(answer.status_code, _code(answer), _retry_after_s(answer))
        return Response(answer.status_code, answer.text, answer.headers)

    def _note_clock(self, answer: httpx.Response) -> None:
        try:
            self.clock_offset_s = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
        except (KeyError, ValueError, OverflowError):
            return


def _code(answer: httpx.Response) -> int:
    try:
        code = json.loads(answer.text)["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return code if isinstance(code, int) else 0


def _retry_after_s(answer: httpx.Response) -> float | None:
    value = answer.headers.get("retry-after", "")
    return float(min(int(value), 3600)) if value.isdecimal() and len(value) < 10 else None
