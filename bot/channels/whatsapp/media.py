"""A photograph fetched from Twilio, and from nowhere else.

The address comes from a signed webhook, yet it is asked only where its host is one of the configured ones.
Twilio answers with a redirect to its store; our credentials are never sent there. A redirect may lead only to
https on a public address, and the connection goes to the very address that was checked (no second look-up to
change it).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from bot.channels import FETCH_LIMIT_S, TOO_SLOW, MediaFailed

__all__ = ["MediaHost", "media_sids"]

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_REDIRECTS: Final = 3
# A medium may answer 404 for a moment after its webhook.
PAUSES_S: Final = (0.5, 1.5)
_MEDIA_PATH: Final = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/((?:SM|MM)[0-9a-fA-F]{32})/Media/(ME[0-9a-fA-F]{32})"
)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def media_sids(url: str) -> tuple[str, str, str] | None:
    """(account sid, message sid, media sid) of a media address; None where it is none."""
    found = _MEDIA_PATH.fullmatch(urlsplit(url).path)
    return (found[1], found[2], found[3]) if found else None


class MediaHost:
    """Fetches media from the configured hosts; safe to use from several threads."""

    def __init__(
        self,
        http: httpx.Client,
        auth: tuple[str, str],
        hosts: Sequence[str],
        api_url: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """api_url: '' or what stands for api.twilio.com; only where it is a loopback one is plain http
        allowed.
        """
        self._http = http
        self._auth = httpx.BasicAuth(*auth)
        self._hosts = frozenset(host.lower() for host in hosts)
        self._api = urlsplit(api_url) if api_url else None
        self._loopback = self._api is not None and _is_loopback(self._api.hostname or "")
        self._sleep = sleep

    def fetch(self, url: str) -> bytes:
        """The bytes, at most 20 MiB, within FETCH_LIMIT_S. Raises MediaFailed."""
        start, deadline = self._first(url), time.monotonic() + FETCH_LIMIT_S
        for pause_s in (*PAUSES_S, None):
            try:
                return self._follow(start, deadline)
            except MediaFailed as failed:
                late = pause_s is not None and time.monotonic() + pause_s > deadline
                if not failed.retryable or pause_s is None or late:
                    raise
                self._sleep(pause_s)
        raise AssertionError("unreachable")

    def _first(self, url: str) -> str:
        """The address to ask first. Raises MediaFailed where its host is not allowed."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise MediaFailed("address", retryable=False) from None
        host = (parts.hostname or "").lower()
        if parts.username is not None or parts.password is not None:
            raise MediaFailed("address", retryable=False)
        if self._api is not None and (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc):
            return url
        if parts.scheme != "https" or port not in {None, 443} or host not in self._hosts:
            raise MediaFailed("host not allowed", retryable=False)
        if self._api is not None and host.endswith(".twilio.com"):
            return self._api.geturl().rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
        return url

    def _trusted(self, url: str) -> bool:
        """Whether our credentials may be shown there: Twilio's own hosts, or what stands for them."""
        parts = urlsplit(url)
        if self._api is not None and parts.netloc == self._api.netloc:
            return True
        return (parts.hostname or "").lower().endswith(".twilio.com")

    def _follow(self, url: str, deadline: float) -> bytes:
        answer = self._get(url, deadline, auth=self._auth if self._trusted(url) else None)
        for _ in range(MAX_REDIRECTS):
            if isinstance(answer, bytes):
                return answer
            try:
                url = urljoin(url, answer.target)
            except ValueError:
                raise MediaFailed("redirect", retryable=False) from None
            answer = self._get_pinned(url, deadline)
        if isinstance(answer, bytes):
            return answer
        raise MediaFailed("too many redirects", retryable=False)

    def _get_pinned(self, url: str, deadline: float) -> bytes | _Redirect:
        """A redirect's target, without credentials, at an address that was checked to be public."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise MediaFailed("redirect", retryable=False) from None
        host = parts.hostname or ""
        if parts.username is not None or not host:
            raise MediaFailed("redirect", retryable=False)
        if self._loopback and parts.scheme == "http" and _is_loopback(host):
            return self._get(url, deadline)
        if parts.scheme != "https" or port not in {None, 443}:
            raise MediaFailed("redirect", retryable=False)
        addresses = _public_addresses(host)
        for n, address in enumerate(addresses, 1):
            try:
                return self._get(_at(parts, address), deadline, host=host)
            except MediaFailed as failed:
                if failed.reason != "connect" or n == len(addresses):
                    raise
        raise MediaFailed("redirect", retryable=False)

    def _get(
        self, url: str, deadline: float, auth: httpx.Auth | None = None, host: str = ""
    ) -> bytes | _Redirect:
        headers = {"Accept-Encoding": "identity", "Accept": "image/*", **({"Host": host} if host else {})}
        extensions = {"sni_hostname": host} if host else {}
        try:
            with self._http.stream(
                "GET", url, headers=headers, auth=auth, follow_redirects=False, extensions=extensions
            ) as answer:
                if answer.status_code in _REDIRECTS and "location" in answer.headers:
                    return _Redirect(answer.headers["location"])
                _check_status(answer.status_code)
                return _body(answer, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise MediaFailed("connect", retryable=True) from None
        except httpx.TransportError:
            raise MediaFailed("connection lost", retryable=True) from None
        except (httpx.InvalidURL, UnicodeError):
            raise MediaFailed("address", retryable=False) from None


class _Redirect:
    def __init__(self, target: str) -> None:
        self.target = target


def _check_status(status: int) -> None:
    if status == 200:
        return
    retryable = status in {401, 403, 404, 408, 425, 429} or status >= 500
    raise MediaFailed(f"http {status}", retryable=retryable)


def _body(answer: httpx.Response, deadline: float) -> bytes:
    """The body, counted while it comes: neither a false length nor a slow drip gets past."""
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length[:12]) > MAX_BYTES:
        raise MediaFailed("too big", retryable=False)
    got = bytearray()
    for chunk in answer.iter_raw():
        got += chunk
        if len(got) > MAX_BYTES:
            raise MediaFailed("too big", retryable=False)
        if time.monotonic() > deadline:
            raise MediaFailed(TOO_SLOW, retryable=True)
    return bytes(got)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None and not embedded.is_global:
            return False
    return ip.is_global and not ip.is_multicast


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _public_addresses(host: str) -> list[str]:
    """The addresses of a host, IPv4 first. Raises MediaFailed where one of them is not public."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise MediaFailed("name", retryable=True) from None
    addresses = [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]
    if not addresses or not all(_is_public(address) for address in addresses):
        raise MediaFailed("redirect to a private address", retryable=False)
    return addresses


def _at(parts: SplitResult, address: str) -> str:
    netloc = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=netloc, fragment="").geturl()
