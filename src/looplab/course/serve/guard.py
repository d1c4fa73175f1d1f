"""The first thing every request meets: who may talk to the server at all.

A page on the internet can make a browser send requests to 127.0.0.1, so being on loopback protects nobody by itself.
In front of everything that Jupyter checks, these rules stand without exception:

- the `Host` must be loopback (else a foreign name could be pointed at 127.0.0.1: DNS rebinding);
- an `Origin`, where the browser sends one, must be the server itself, whether or not the request carries the token;
- where the browser says that the request comes from another site, it must be a person following a link;
- whatever is not the login page or one of its files needs the token or the cookie that the token was exchanged for,
  also the few addresses that Jupyter itself answers for everybody.
"""

import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from tornado import httputil, web
from tornado.routing import Router

__all__ = ["Guard", "Key", "refusal"]

LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?", re.IGNORECASE | re.ASCII)
OWN_SITES = frozenset({"same-origin", "none"})
OPEN_TO_ALL = re.compile(r"/login|/logout|/favicon\.ico|/robots\.txt|/static/(?!lab/).*")
LOGIN_PAGE_FOR = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, kw_only=True)
class Key:
    """What opens the server: the token, or the signed cookie that a browser gets for it."""

    token: str
    cookie_name: str
    cookie_secret: bytes

    def fits(self, request: httputil.HTTPServerRequest) -> bool:
        """Whether the request carries the token (in its address or its `Authorization`) or the cookie."""
        given = [value.decode("latin-1") for value in request.query_arguments.get("token", [])]
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        given += [value.strip()] if scheme.lower() in {"token", "bearer"} else []
        if any(secrets.compare_digest(text.encode(), self.token.encode()) for text in given):
            return True
        cookie = request.cookies.get(self.cookie_name)
        return bool(cookie and web.decode_signed_value(self.cookie_secret, self.cookie_name, cookie.value))


class Guard(Router):
    """Hand acceptable requests to the application, and answer the rest with 403 or the login page."""

    def __init__(self, application: web.Application, key: Key) -> None:
        self.application, self.key = application, key

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: object) -> httputil.HTTPMessageDelegate:
        """What answers the request."""
        if refusal(request.method or "", request.headers):
            return self._forbid(request)
        if OPEN_TO_ALL.fullmatch(request.path) or self.key.fits(request):
            return self.application.find_handler(request, **kwargs)
        if request.method not in LOGIN_PAGE_FOR or "Upgrade" in request.headers or request.path.startswith("/api"):
            return self._forbid(request)
        login = f"/login?next={quote(request.path, safe='/')}"
        return self.application.get_handler_delegate(request, web.RedirectHandler, {"url": login, "permanent": False})

    def _forbid(self, request: httputil.HTTPServerRequest) -> httputil.HTTPMessageDelegate:
        status = {"status_code": HTTPStatus.FORBIDDEN.value}
        return self.application.get_handler_delegate(request, web.ErrorHandler, status)


def refusal(method: str, headers: httputil.HTTPHeaders) -> str | None:
    """Why a request is refused whatever key it carries, or None.

    >>> refusal("GET", httputil.HTTPHeaders({"Host": "127.0.0.1:8888"})) is None
    True
    >>> refusal("GET", httputil.HTTPHeaders({"Host": "example.org:8888"}))
    'its Host is not loopback'
    """
    hosts = headers.get_list("Host")
    if len(hosts) != 1 or not LOOPBACK_HOST.fullmatch(hosts[0]):
        return "its Host is not loopback"
    own_origin = f"http://{hosts[0]}".lower()
    if any(origin.lower() != own_origin for origin in headers.get_list("Origin")):
        return "its Origin is another site"
    if headers.get("Sec-Fetch-Site", "none") not in OWN_SITES and not _follows_a_link(method, headers):
        return "another site embeds or sends it"
    return None


def _follows_a_link(method: str, headers: httputil.HTTPHeaders) -> bool:
    """Whether the request opens a page in a tab of its own and can change nothing by itself."""
    return (
        method in {"GET", "HEAD"}
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
    )
