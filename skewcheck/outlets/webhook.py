"""Webhooks: a report as the body of an HTTP POST, to a chat or to a service of one's own.

Addresses and headers that are secrets come from environment variables, and no message has more of
an address than its host. A redirection is not followed, as it may lead anywhere with the body.
"""

from __future__ import annotations

import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import skewcheck
from skewcheck.config import options as o
from skewcheck.config.given import Given
from skewcheck.config.option import Option
from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.text.printable import printable

TIMEOUT = 10.0
"""Seconds that connecting, and each part of an answer, may take."""
PAUSES = (1.0, 4.0)
"""Seconds between attempts, of which there is one more: a service that restarts is back by then."""
LONGEST_PAUSE = 30.0
"""Seconds of a `Retry-After` that are waited for at most: a gate must not hang."""
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed (RFC 9110, section 15; RFC 6585; RFC 8470)."""
_FROM_ENVIRONMENT = "env:"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header (RFC 9110, section 5.6.2)."""
_OWN_HEADERS = ("host", "content-length", "content-type", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address, and what it gets."""

    format: str
    """Of `config.options.WEBHOOK_BODIES`."""
    url: str = field(repr=False)
    shown: str
    """The address without what may be a secret: a variable, or scheme and host."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    alarms_only: bool = False
    """Whether an audit whose exit code is 0 is not sent."""

    @property
    def name(self) -> str:
        """Return `--webhook slack=env:SLACK_URL`."""
        return f"{o.WEBHOOK.flag} {self.format}={self.shown}"

    def send(self, audit: Audit) -> str | None:
        """Post an audit as it is; what `--no-values` hides has to be left out before."""
        if self.alarms_only and audit.exit_code == 0:
            return None
        return post(self, FORMATS[self.format](audit).encode())


def webhooks(given: Given) -> list[Webhook]:
    """Return the webhooks of options.

    Raises UsageError for an unknown format, an address that is none, a variable that is not set,
    and for headers without one address that they are for. No message repeats what was given.
    """
    headers = dict(_header(given, text) for text in o.WEBHOOK_HEADER.of(given))
    asked = o.WEBHOOK.of(given)
    if headers and len(asked) != 1:
        problem = f"is for one {o.WEBHOOK.mention(given)}, got {len(asked)}"
        raise o.WEBHOOK_HEADER.error(given, problem)
    return [_webhook(given, text, headers) for text in asked]


def _webhook(given: Given, text: str, headers: Mapping[str, str]) -> Webhook:
    alarms_only = o.WEBHOOK_ON.of(given) == "alarm"
    first, equals, rest = text.partition("=")
    named = bool(equals) and first.isidentifier()
    name, address = (first, rest) if named else ("json", text)
    if name not in o.WEBHOOK_BODIES:
        problem = f"no format {name[:20]!r}; known are {o.listed(o.WEBHOOK_BODIES)}"
        raise o.WEBHOOK.error(given, problem)
    if address.startswith(_FROM_ENVIRONMENT):
        url, shown = _variable(given, o.WEBHOOK, address), address
    else:
        url, shown = address, ""
    problem = _wrong(url)
    if problem:
        raise o.WEBHOOK.error(given, f"{f'{shown}: ' if shown else ''}{problem}")
    parts = urlsplit(url)
    host = f"{parts.scheme}://{printable(str(parts.hostname))}"
    return Webhook(name, url, shown or host, headers, alarms_only)


def _wrong(url: str) -> str:
    """Return what is wrong with an address, without repeating it; empty where nothing is."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "must be a URL of http or https, or env:NAME of a variable with one"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be a URL in ASCII without spaces: encode others by %"
    if "@" in parts.netloc:
        return f"must have no user and password: name them by {o.WEBHOOK_HEADER.flag}"
    return ""


def _header(given: Given, text: str) -> tuple[str, str]:
    name, equals, place = text.partition("=")
    if not equals or not _TOKEN.fullmatch(name) or not place.startswith(_FROM_ENVIRONMENT):
        problem = "must be NAME=env:VARIABLE, as Authorization=env:TOKEN"
        raise o.WEBHOOK_HEADER.error(given, problem)
    if name.lower() in _OWN_HEADERS:
        raise o.WEBHOOK_HEADER.error(given, f"{name} is set by the request itself")
    value = _variable(given, o.WEBHOOK_HEADER, place)
    if not value.isascii() or not value.isprintable():
        raise o.WEBHOOK_HEADER.error(given, f"{place} must hold one line of ASCII")
    return name, value


def _variable(given: Given, option: Option[tuple[str, ...]], place: str) -> str:
    """Return what an environment variable holds, without the line end that files leave there."""
    name = place.removeprefix(_FROM_ENVIRONMENT)
    if not name.isidentifier():
        raise option.error(given, "must name a variable of the environment after env:")
    value = os.environ.get(name, "").strip()
    if not value:
        raise option.error(given, f"{place[:80]} is not set, or empty, in the environment")
    return value


def post(webhook: Webhook, body: bytes) -> str | None:
    """Post a body, again after pauses where that may help; return None, or why it was refused."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"skewcheck/{skewcheck.__version__}",
        **webhook.headers,
    }
    request = Request(webhook.url, data=body, headers=headers, method="POST")  # noqa: S310  # checked
    opener = build_opener(_NoRedirect)
    for pause in (*PAUSES, None):
        try:
            with opener.open(request, timeout=TIMEOUT):
                return None
        except HTTPError as error:
            why, after = f"HTTP {error.code}", error.headers.get("Retry-After")
            error.close()
            if error.code not in _RETRIED:
                return why
        except (OSError, HTTPException, ValueError) as error:
            why, after = _why(error), None
        if pause is not None:
            time.sleep(_waited(pause, after))
    return f"{why}, {len(PAUSES) + 1} times"


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Follow none: the answer is the error that it would be without this handler."""


def _waited(pause: float, after: str | None) -> float:
    """Return the seconds to wait: those that the answer asks for, if they are more."""
    asked = int(after) if after is not None and after.isascii() and after.isdigit() else 0
    return min(max(pause, asked), LONGEST_PAUSE)


def _why(error: Exception) -> str:
    """Return what kept a request from an answer: texts of errors may have the address in them."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer in {TIMEOUT:g} s"
    if isinstance(cause, ssl.SSLError):
        return f"TLS: {cause.reason or 'failed'}"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
