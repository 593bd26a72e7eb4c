"""What is checked before any service: the console's Origin, cookie and rate; and the headers of every answer."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import Scope

from server import wire
from server.model.limits import Bucket, Limits
from server.model.refusal import Code, Refusal

COOKIE = "__Host-sluss"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
LOGINS_REMEMBERED = 1_000
"""Logins whose attempts are counted at once; the oldest is forgotten, in memory only."""

COMMON_HEADERS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=(), payment=(), usb=()",
}
NO_STORE = {"cache-control": "no-store"}
"""Every chat document and API answer (EX-17)."""


def content_policy(origin: str, frame_ancestors: tuple[str, ...]) -> str:
    """A strict policy with explicit origins: `'self'` means nothing in WebKit's opaque frames."""
    socket = origin.replace("http", "ws", 1)
    ancestors = " ".join(frame_ancestors) or "'none'"
    return (
        f"default-src 'none'; script-src {origin}; style-src {origin}; connect-src {origin} {socket}; "
        f"img-src {origin}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


class Guard:
    """The console's door."""

    def __init__(self, console_origin: str, limits: Limits) -> None:
        self._origin, self._limits = console_origin, limits
        self._buckets: dict[str, Bucket] = {}

    def check_origin(self, scope: Scope) -> None:
        """Writes and sockets must come from the console itself (OWASP: explicit, whole-string comparison)."""
        if Headers(scope=scope).get("origin") != self._origin:
            raise Refusal(Code.ORIGIN)

    def token(self, scope: Scope) -> bytes:
        """The sign-in token of the cookie; its worth is not judged here."""
        try:
            cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        except CookieError:
            raise Refusal(Code.SIGN_IN) from None
        morsel = cookies.get(COOKIE)
        if morsel is None or not _TOKEN.fullmatch(morsel.value):
            raise Refusal(Code.SIGN_IN)
        return wire.parse_bytes(morsel.value)

    def check_rate(self, login: str, now: float) -> None:
        """Attempts for one login, known or not."""
        bucket = self._buckets.pop(login, None)
        if bucket is None:
            rate = self._limits.sign_ins_per_minute
            bucket = Bucket(rate / 60, rate, now)
        if len(self._buckets) >= LOGINS_REMEMBERED:
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[login] = bucket
        if not bucket.take(now):
            raise Refusal(Code.WAIT)
