"""Whether a webhook call really comes from Twilio, and the parameters it carries.

Twilio signs HMAC-SHA1(auth token, full URL + every POST parameter sorted by name); a JSON body is signed by
its SHA-256 in the query (`bodySHA256`). Traps obeyed here (messaging.md 3.2, measured on twilio 9.13): the
URL is the configured public one, never the proxied Host; parameters with an empty value count; a repeated
parameter and bytes that are no UTF-8 are refused, because the library would sign several different bodies
alike; a missing header is a refusal, not a TypeError; comparison takes constant time.

What the scheme itself leaves open: names and values are joined without a mark between them, so one who holds
a signed call can move text between neighbouring parameters. The message sid keeps its exact form and is taken
once only, so that such a call can do no more than a replay: nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from bot.channels import Forged, HttpRequest

__all__ = ["Origin", "verified"]

MAX_FIELDS = 500


class Origin:
    """The public address of this service, as Twilio calls it: with and without its port."""

    def __init__(self, public_url: str) -> None:
        """public_url: 'https://host[:port][/prefix]'. Raises ValueError where it is none, or has query or
        fragment.
        """
        parts = urlsplit(public_url.rstrip("/"))
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
            raise ValueError(f"the public URL is {public_url!r}; expected https://host")
        if parts.query or parts.fragment or "#" in public_url:
            raise ValueError("the public URL has a query or a fragment; expected https://host")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.url = public_url.rstrip("/")
        # Twilio is not consistent about the port; the library tries both, and so do we.
        self._forms = (
            f"{parts.scheme}://{host}{parts.path}",
            f"{parts.scheme}://{host}:{port}{parts.path}",
        )

    def urls(self, path: str, query: str) -> tuple[str, ...]:
        """The addresses under which Twilio may have signed a call to `path`."""
        tail = f"{path}?{query}" if query else path
        return tuple(form + tail for form in self._forms)


def verified(request: HttpRequest, origin: Origin, auth_token: str) -> Mapping[str, str]:
    """The parameters of a call that Twilio signed, all of them, empty ones too. Raises Forged."""
    if request.method.upper() != "POST":
        raise Forged("method")
    given = request.headers.get("x-twilio-signature", "")
    if not given:
        raise Forged("no signature")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        signed_params: Mapping[str, str] = {}
        _check_body_hash(request)
    else:
        signed_params = _form(request.body)
    validator = RequestValidator(auth_token)
    try:
        wanted = [
            validator.compute_signature(url, signed_params)
            for url in origin.urls(request.path, request.query)
        ]
    except UnicodeEncodeError:
        raise Forged("address") from None
    given_bytes = given.encode("utf-8", "replace")
    # A list, not a generator: both are always compared.
    if not any([hmac.compare_digest(one.encode(), given_bytes) for one in wanted]):  # noqa: C419
        raise Forged("signature")
    return _json(request.body) if kind == "application/json" else signed_params


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Forged("body") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Forged("repeated parameter")
    return fields


def _check_body_hash(request: HttpRequest) -> None:
    try:
        query = parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Forged("query") from None
    given = [value for name, value in query if name == "bodySHA256"]
    actual = hashlib.sha256(request.body).hexdigest()
    if len(given) != 1 or not hmac.compare_digest(actual.encode(), given[0].encode("utf-8", "replace")):
        raise Forged("body hash")


def _json(body: bytes) -> dict[str, str]:
    """The texts and numbers of a signed JSON body; {} where it is no object (kept, but makes no sense)."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: str(one) for name, one in value.items() if isinstance(one, str | int | float)}
