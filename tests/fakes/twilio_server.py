"""A fake Twilio at the wire: its REST interface, its media store on another port, its webhooks and callbacks.

As a process: `python -m tests.fakes.twilio_server --port P --log FILE` (prints one JSON line with its
addresses). In a test: `with FakeTwilio() as twilio:`. Behaves as messaging.md section 3 says, strict where
the real one is.

Every message accepted and every webhook pushed is one fsynced line of JSON in the log, written before the
answer goes out, so that what is in the log is what was accepted:
  {"event": "accepted", "sid", "to", "body", "content_sid", "reply", "at"}
  {"event": "pushed", "sid", "from", "body", "at"} and {"event": "push_answered", "sid", "status", "attempts"}
  {"event": "callback", "sid", "status", "http"}, {"event": "deleted"|"redacted"|"typing"|"leaked", ...}

Control, JSON on the same port without a login:
  POST /control/push      {"url", "from", "body", "media": [{"content_type", "base64"}], "fields": {}, "sid",
                           "sign_url", "copies": 10 at once, "lost": true for a webhook that is never sent}
                          `url` may carry connection overrides (#rc=3&rp=5xx,ct,rt&rt=4000).
                          Answer: {"sid", "attempts"}, an attempt being an HTTP status, "ct" or "rt".
  POST /control/faults    {"on": route or "any", "kind": "error"|"slow"|"drop"|"accept_then_drop", "times",
                           "status", "code", "retry_after", "delay_s", "to"}; DELETE clears all.
                          Routes: create list fetch update media media_list media_delete store typing account
  POST /control/settings  {"statuses": "off"|"ordered"|"reversed", "status_delay_s", "window": bool,
                           "window_error": "answer"|"callback", "clock_offset_s"}
  POST /control/status    {"sid", "status", "error_code"}: one callback now
  POST /control/age       {"address", "by_s"}: that person's last message was longer ago
  GET  /control/state     messages (in and out), leaks, typing
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fake-twilio-auth-token"
FROM = "whatsapp:+15550100"
API = "/2010-04-01/Accounts/"
WINDOW_S = 24 * 3600.0


def signature(token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature as Twilio's security page describes it; written anew here, not the library's."""
    signed = url.partition("#")[0] + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass
class Message:
    sid: str
    from_: str
    to: str
    body: str
    direction: str
    created: float
    sent: float | None = None
    status: str = "queued"
    error_code: int | None = None
    content_sid: str = ""
    content_variables: str = ""
    callback: str = ""
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def json(self, account: str) -> dict[str, object]:
        def date(at: float | None) -> str | None:
            return None if at is None else formatdate(at, localtime=False).replace("-0000", "+0000")

        return {
            "sid": self.sid,
            "account_sid": account,
            "messaging_service_sid": None,
            "from": self.from_,
            "to": self.to,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "date_created": date(self.created),
            "date_updated": date(self.created),
            "date_sent": date(self.sent),
            "num_media": str(len(self.media)),
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "error_code": self.error_code,
            "error_message": None,
            "api_version": "2010-04-01",
            "uri": f"{API}{account}/Messages/{self.sid}.json",
            "subresource_uris": {"media": f"{API}{account}/Messages/{self.sid}/Media.json"},
        }


@dataclass
class Fault:
    """What goes wrong next. kind 'drop' hangs up before anything is done, 'accept_then_drop' after."""

    on: str = "any"
    kind: str = "error"
    times: int = 1
    status: int = 500
    code: int = 0
    retry_after: int | None = None
    delay_s: float = 0.0
    to: str = ""


@dataclass
class Behaviour:
    statuses: str = "off"
    status_delay_s: float = 0.0
    window: bool = False
    window_error: str = "answer"
    clock_offset_s: float = 0.0


@dataclass(frozen=True)
class Overrides:
    """Connection overrides from a URL's fragment, with Twilio's defaults (messaging.md 3.1)."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @staticmethod
    def of(url: str) -> Overrides:
        said = dict(parse_qsl(urlsplit(url).fragment))
        return Overrides(
            float(said.get("ct", 5000)) / 1000,
            float(said.get("rt", 15000)) / 1000,
            float(said.get("tt", 15000)) / 1000,
            int(said.get("rc", 1)),
            frozenset(said.get("rp", "ct").split(",")),
        )

    def retry(self, outcome: str | int) -> bool:
        if isinstance(outcome, int) and outcome < 400:
            return False
        if "all" in self.policy or outcome in self.policy:
            return True
        return isinstance(outcome, int) and f"{outcome // 100}xx" in self.policy


class Refused(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class FakeTwilio:
    """The whole fake: two servers, the state behind them, and the sender of webhooks."""

    def __init__(
        self,
        port: int = 0,
        log: Path | None = None,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        from_address: str = FROM,
    ) -> None:
        self.account_sid, self.auth_token, self.from_address = account_sid, auth_token, from_address
        self.messages: dict[str, Message] = {}
        self.last_inbound: dict[str, float] = {}
        self.faults: list[Fault] = []
        self.behaviour = Behaviour()
        self.leaks: list[str] = []
        self.typing: list[str] = []
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.RLock()
        self._log = open(log, "ab", buffering=0) if log else None  # noqa: SIM115
        self._stopping = threading.Event()
        self._callbacks: list[threading.Thread] = []
        self._http = httpx.Client(trust_env=False)
        self._api = _server(port, _ApiHandler, self)
        self._store = _server(0, _StoreHandler, self)
        self.url = f"http://127.0.0.1:{self._api.server_address[1]}"
        self.store_url = f"http://127.0.0.1:{self._store.server_address[1]}"

    def __enter__(self) -> FakeTwilio:
        for server in (self._api, self._store):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in list(self._callbacks):
            thread.join(20)
        for server in (self._api, self._store):
            server.shutdown()
            server.server_close()
        self._http.close()
        if self._log:
            self._log.close()

    def now(self) -> float:
        return time.time() + self.behaviour.clock_offset_s

    def note(self, event: str, **what: object) -> None:
        """One line in the log, on the disk when this returns."""
        if self._log is None:
            return
        line = json.dumps({"event": event, "at": self.now(), **what}, ensure_ascii=False) + "\n"
        with self._lock:
            self._log.write(line.encode())
            os.fsync(self._log.fileno())

    def fault(self, route: str, to: str) -> Fault | None:
        """The fault that hits this request, used up."""
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.on in {"any", route} and fault.to in {"", to}:
                    fault.times -= 1
                    return fault
        return None

    # --- messages out (REST) ---

    def create(self, form: Mapping[str, str]) -> dict[str, object]:
        """Accepts a message; the answer says 'queued' whatever becomes of it a moment later. Raises Refused."""
        to, body, content = form.get("To", ""), form.get("Body", ""), form.get("ContentSid", "")
        if form.get("From", "") != self.from_address:
            raise Refused(400, 63007, "Twilio could not find a Channel with the specified From address")
        if not re.fullmatch(r"whatsapp:\S+", to):
            raise Refused(400, 21211, f"Invalid 'To' Phone Number: {to}")
        media = {}
        if content:
            body = _rendered(form)
        elif form.get("MediaUrl"):
            media = self._fetched(form["MediaUrl"])
        elif not body:
            raise Refused(400, 21602, "Message body is required.")
        if len(body.encode("utf-16-le")) // 2 > 1600:
            raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        message = Message(
            new_sid("SM"),
            self.from_address,
            to,
            body,
            "outbound-api",
            self.now(),
            content_sid=content,
            content_variables=form.get("ContentVariables", ""),
            callback=form.get("StatusCallback", ""),
            media=media,
        )
        closed = self.now() - self.last_inbound.get(to, -1e12) > WINDOW_S
        outside = self.behaviour.window and closed and not content.startswith("HXapproved")
        if outside and self.behaviour.window_error == "answer":
            raise Refused(400, 63016, "Failed to send freeform message because you are outside the window")
        with self._lock:
            self.messages[message.sid] = message
        answer = message.json(self.account_sid)
        reply = dict(parse_qsl(urlsplit(message.callback).query)).get("reply", "")
        self.note("accepted", sid=message.sid, to=to, body=body, content_sid=content, reply=reply)
        if outside:
            self._later(message, [("failed", 63016)])
        elif self.behaviour.statuses != "off":
            steps: list[tuple[str, int]] = [("sent", 0), ("delivered", 0), ("read", 0)]
            self._later(message, steps[::-1] if self.behaviour.statuses == "reversed" else steps)
        return answer

    def _fetched(self, url: str) -> dict[str, tuple[str, bytes]]:
        """The medium at our address, fetched as Twilio does: HEAD, then GET; the type is what the answer says."""
        head = self._http.head(url)
        answer = self._http.get(url)
        kind = answer.headers.get("content-type", "")
        if answer.status_code != 200 or head.status_code != 200 or head.headers.get("content-type") != kind:
            raise Refused(400, 63019, "Media failed to download")
        if kind not in {"image/jpeg", "image/png", "audio/ogg"} or len(answer.content) > 16 << 20:
            raise Refused(400, 63019, "Media type is not supported")
        return {new_sid("ME"): (kind, answer.content)}

    def listed(self, query: Mapping[str, str]) -> list[Message]:
        """Newest first. DateSent has the grain of a day, and finds nothing that is still queued."""
        since = _day(query.get("DateSent>", "")) if "DateSent>" in query else None
        with self._lock:
            found = [
                m
                for m in self.messages.values()
                if query.get("To", m.to) == m.to
                and query.get("From", m.from_) == m.from_
                and (since is None or (m.sent is not None and m.sent >= since))
            ]
        return sorted(found, key=lambda m: m.created, reverse=True)

    def _later(self, message: Message, steps: list[tuple[str, int]]) -> None:
        def run() -> None:
            for status, code in steps:
                if self._stopping.wait(self.behaviour.status_delay_s):
                    return
                self.status(message, status, code)

        thread = threading.Thread(target=run, daemon=True)
        self._callbacks.append(thread)
        thread.start()

    def status(self, message: Message, status: str, error_code: int = 0) -> int | str:
        """Sets a status and tells the callback URL; what came of that: an HTTP status, or 'ct', 'rt', 'none'."""
        message.status = status
        message.sent = message.sent or self.now()
        message.error_code = error_code or None
        if not message.callback:
            return "none"
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "ChannelPrefix": "whatsapp",
            "From": message.from_,
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
            **({"ErrorCode": str(error_code)} if error_code else {}),
        }
        outcome = self.post(message.callback, form)[-1]
        self.note("callback", sid=message.sid, status=status, http=outcome)
        return outcome

    # --- messages in (webhooks) ---

    def push(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a person's message to a webhook, by Twilio's rules; its sid and what each attempt came to."""
        media = {
            new_sid("ME"): (m["content_type"], base64.b64decode(m["base64"])) for m in said.get("media", [])
        }
        sid = said.get("sid") or new_sid("MM" if media else "SM")
        at = self.now()
        message = Message(
            sid,
            said["from"],
            self.from_address,
            said.get("body", ""),
            "inbound",
            at,
            at,
            "received",
            media=media,
        )
        with self._lock:
            self.messages[sid] = message
            self.last_inbound[message.from_] = at
        form = self.form(message) | dict(said.get("fields", {}))
        self.note("pushed", sid=sid, **{"from": message.from_, "body": message.body})
        if said.get("lost"):
            return {"sid": sid, "attempts": []}
        copies = int(said.get("copies", 1))
        results: list[list[int | str]] = []
        threads = [
            threading.Thread(
                target=lambda: results.append(self.post(said["url"], form, said.get("sign_url", "")))
            )
            for _ in range(copies)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.note("push_answered", sid=sid, status=[r[-1] for r in results], attempts=len(results[0]))
        return {"sid": sid, "attempts": results[0], "all": results}

    def form(self, message: Message) -> dict[str, str]:
        """The parameters of a WhatsApp message webhook, the empty ones too."""
        number = message.from_.removeprefix("whatsapp:").removeprefix("+")
        kind = next(iter(message.media.values()))[0].partition("/")[0] if message.media else "text"
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": {"WaId": number}}}),
            "From": message.from_,
            "MessageSid": message.sid,
            "MessageType": kind,
            "NumMedia": str(len(message.media)),
            "NumSegments": "1",
            "ProfileName": "Amara Example",
            "ReferralNumMedia": "0",
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
            "WaId": number,
        }
        for n, (media_sid, (content_type, _)) in enumerate(message.media.items()):
            path = f"{API}{self.account_sid}/Messages/{message.sid}/Media/{media_sid}"
            form |= {f"MediaUrl{n}": f"https://api.twilio.com{path}", f"MediaContentType{n}": content_type}
        return form

    def post(self, url: str, form: Mapping[str, str], sign_url: str = "") -> list[int | str]:
        """Posts a signed form; the outcome of each attempt: an HTTP status, 'ct' (connect) or 'rt' (no
        answer).
        """
        rules = Overrides.of(url)
        target = url.partition("#")[0]
        headers = {
            "X-Twilio-Signature": signature(self.auth_token, sign_url or target, form),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        deadline = time.monotonic() + rules.total_s
        outcomes: list[int | str] = []
        while len(outcomes) <= rules.retries and (left := deadline - time.monotonic()) > 0:
            timeout = httpx.Timeout(min(rules.read_s, left), connect=min(rules.connect_s, left))
            outcome: int | str
            try:
                outcome = self._http.post(
                    target, content=urlencode(form), headers=headers, timeout=timeout
                ).status_code
            except (httpx.ConnectError, httpx.ConnectTimeout):
                outcome = "ct"
            except httpx.TransportError:
                outcome = "rt"
            outcomes.append(outcome)
            if not rules.retry(outcome):
                break
        return outcomes or ["rt"]

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "messages": [
                    m.json(self.account_sid)
                    | {"content_sid": m.content_sid, "content_variables": m.content_variables}
                    | {"callback": m.callback, "media": list(m.media)}
                    for m in self.messages.values()
                ],
                "leaks": list(self.leaks),
                "typing": list(self.typing),
            }


def _rendered(form: Mapping[str, str]) -> str:
    """The text of a content template: its variables in order, between words of its own. Raises Refused."""
    if form.get("Body") or form.get("MediaUrl"):
        raise Refused(400, 21619, "Body and MediaUrl cannot go with ContentSid")
    try:
        variables = json.loads(form.get("ContentVariables", "{}"))
    except ValueError:
        raise Refused(400, 21656, "The ContentVariables Parameter is invalid") from None
    approved = form["ContentSid"].startswith("HXapproved")
    for value in variables.values():
        if not isinstance(value, str) or not value.strip() or "\n\n" in value or " " * 5 in value:
            raise Refused(400, 63013, "Message send violates channel provider's policy")
        if approved and "\n" in value:
            raise Refused(400, 63013, "Message send violates channel provider's policy")
    text = variables.get("1", "")
    body = f"Ngozi: {text} (reply to go on)" if approved else text
    if len(body) > 1024:
        raise Refused(400, 63021, "Channel invalid content error")
    return body


def _day(date: str) -> float:
    """The midnight (GMT) of an ISO date: the grain of the list's filter."""
    parsed = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(T.*)?", date)
    if not parsed:
        raise Refused(400, 20001, "Invalid DateSent")
    return parsedate_to_datetime(
        time.strftime("%a, %d %b %Y 00:00:00 +0000", time.strptime(date[:10], "%Y-%m-%d"))
    ).timestamp()


def _server(port: int, handler: type[_Handler], fake: FakeTwilio) -> ThreadingHTTPServer:
    bound = type(handler.__name__, (handler,), {"fake": fake})
    return _QuietServer(("127.0.0.1", port), bound)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news; anything else is a fault of this fake and shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    fake: FakeTwilio

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.fake.now() if timestamp is None else timestamp, usegmt=True)

    def answer(
        self,
        status: int,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> None:
        content = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | dict(headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        self.close_connection = True


class _StoreHandler(_Handler):
    """Where media really lie. It refuses whoever shows credentials, as a store of signed addresses does."""

    def do_GET(self) -> None:
        fake, url = self.fake, urlsplit(self.path)
        if "Authorization" in self.headers:
            fake.leaks.append(self.path)
            fake.note("leaked", path=self.path)
            return self.answer(400, {"error": "Only one auth mechanism allowed"})
        fault = fake.fault("store", "")
        if fault and fault.kind == "slow":
            time.sleep(fault.delay_s)
        elif fault and fault.kind == "error":
            return self.answer(fault.status, {})
        elif fault:
            return self.hang_up()
        for message in list(fake.messages.values()):
            if (found := message.media.get(url.path.strip("/"))) and url.query == "signed=yes":
                return self.answer(200, headers={"Content-Type": found[0]}, raw=found[1])
        return self.answer(404, {})


class _ApiHandler(_Handler):
    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def _handle(self, method: str) -> None:
        fake, url = self.fake, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path.startswith("/control/"):
            return self._control(method, url.path.removeprefix("/control/"), body)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        route, sids = _route(method, url.path, fake.account_sid)
        fake.requests.append(f"{method} {self.path}")
        fake.headers.append({name.lower(): value for name, value in self.headers.items()})
        login = base64.b64encode(f"{fake.account_sid}:{fake.auth_token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            return self._error(401, 20003, "Authenticate")
        fault = fake.fault(route, form.get("To", ""))
        if fault and fault.kind == "slow":
            time.sleep(fault.delay_s)
        elif fault and fault.kind == "drop":
            return self.hang_up()
        elif fault and fault.kind == "error":
            retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return self._error(fault.status, fault.code, "made to fail", retry)
        try:
            status, answer, headers = self._do(route, sids, form, dict(parse_qsl(url.query)))
        except Refused as refused:
            return self._error(refused.status, refused.code, str(refused))
        if fault and fault.kind == "accept_then_drop":
            return self.hang_up()
        try:
            return self.answer(status, answer, headers)
        except OSError:
            return self.hang_up()

    def _do(
        self, route: str, sids: tuple[str, ...], form: Mapping[str, str], query: Mapping[str, str]
    ) -> tuple[int, object, dict[str, str]]:
        fake = self.fake
        if route == "create":
            return 201, fake.create(form), {}
        if route == "list":
            return 200, self._page(query), {}
        if route == "account":
            return 200, {"sid": fake.account_sid, "status": "active", "type": "Full"}, {}
        if route == "typing":
            if (
                form.get("channel") not in {"WHATSAPP", "whatsapp"}
                or form.get("messageId") not in fake.messages
            ):
                raise Refused(400, 21211, "Invalid messageId")
            fake.typing.append(form["messageId"])
            fake.note("typing", sid=form["messageId"])
            return 200, {"success": True}, {}
        message = fake.messages.get(sids[0]) if sids else None
        if route == "unknown" or message is None:
            raise Refused(404, 20404, "The requested resource was not found")
        if route == "fetch":
            return 200, message.json(fake.account_sid), {}
        if route == "update":
            if form.get("Body") != "":
                raise Refused(400, 20006, "Only an empty Body can be set")
            message.body = ""
            fake.note("redacted", sid=message.sid)
            return 200, message.json(fake.account_sid), {}
        if route == "media_list":
            media = [
                {"sid": sid, "account_sid": fake.account_sid, "parent_sid": message.sid, "content_type": mime}
                for sid, (mime, _) in message.media.items()
            ]
            return 200, {"media_list": media, "next_page_uri": None, "page": 0, "page_size": 50}, {}
        if sids[1] not in message.media:
            raise Refused(404, 20404, "The requested resource was not found")
        if route == "media":
            return 307, None, {"Location": f"{fake.store_url}/{sids[1]}?signed=yes"}
        del message.media[sids[1]]
        fake.note("deleted", sid=message.sid, media=sids[1])
        return 204, None, {}

    def _page(self, query: Mapping[str, str]) -> dict[str, object]:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        found = self.fake.listed(query)
        more = len(found) > (page + 1) * size
        account = self.fake.account_sid
        next_query = urlencode({**query, "Page": page + 1, "PageToken": "PA1"})
        return {
            "messages": [m.json(account) for m in found[page * size : (page + 1) * size]],
            "page": page,
            "page_size": size,
            "next_page_uri": f"{API}{account}/Messages.json?{next_query}" if more else None,
        }

    def _error(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        body = {"code": code or status, "message": message, "status": status, "more_info": ""}
        self.answer(status, body, headers)

    def _control(self, method: str, what: str, body: bytes) -> None:
        fake = self.fake
        said: dict[str, Any] = json.loads(body) if body else {}
        if what == "state":
            return self.answer(200, fake.state())
        if what == "push":
            return self.answer(200, fake.push(said))
        if what == "faults":
            fake.faults = [] if method == "DELETE" else [*fake.faults, Fault(**said)]
        elif what == "settings":
            for name, value in said.items():
                setattr(fake.behaviour, name, value)
        elif what == "age":
            fake.last_inbound[said["address"]] -= float(said["by_s"])
        elif what == "status":
            message = fake.messages[said["sid"]]
            outcome = fake.status(message, said["status"], int(said.get("error_code", 0)))
            return self.answer(200, {"http": outcome})
        else:
            return self.answer(404, {})
        return self.answer(200, {})


def _route(method: str, path: str, account: str) -> tuple[str, tuple[str, ...]]:
    if (method, path) in {("POST", "/v2/Indicators/Typing.json"), ("POST", "/v3/Indicators/Typing.json")}:
        return "typing", ()
    if path == f"{API}{account}.json":
        return "account", ()
    rest = path.removeprefix(f"{API}{account}/Messages") if path.startswith(f"{API}{account}/") else ""
    for pattern, routes in (
        (r"\.json", {"POST": "create", "GET": "list"}),
        (r"/(\w+)\.json", {"POST": "update", "GET": "fetch"}),
        (r"/(\w+)/Media\.json", {"GET": "media_list"}),
        (r"/(\w+)/Media/(\w+)(?:\.json)?", {"GET": "media", "DELETE": "media_delete"}),
    ):
        found = re.fullmatch(pattern, rest)
        if found and method in routes:
            return routes[method], found.groups()
    return "unknown", ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--account-sid", default=ACCOUNT_SID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--from-address", default=FROM)
    said = parser.parse_args()
    with FakeTwilio(said.port, said.log, said.account_sid, said.auth_token, said.from_address) as fake:
        print(json.dumps({"url": fake.url, "store_url": fake.store_url}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
