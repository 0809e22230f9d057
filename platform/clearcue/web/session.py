"""Who asks: by an API key in a header, or, from a browser, by a session that a key opened.

A session is a cookie that the browser's scripts cannot read: the prefix of the key that was shown
when signing in, and when, signed under a secret derived from the installation's pepper. It holds no
key; it ends after `SESSION_SECONDS`, on signing out, and when its key is closed.

What changes something is taken from a browser only when

1. its Origin is the address that it was sent to (RFC 6454): another site's form is refused;
2. it goes to one of the studio's forms. The API itself lets a session read, and nothing else.
"""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from clearcue.services.access import open_key, owner_of_key, recognise
from clearcue.services.platform import Platform
from clearcue.services.stored import Organisation
from clearcue.web.problems import ProblemError

COOKIE = "clearcue_session"
SESSION_SECONDS = 30 * 24 * 3600
READING = ("GET", "HEAD")


def caller_of(platform: Platform, request: Request) -> Organisation:
    """Who sends a request to the API. Raises ProblemError: 401 when nobody known does."""
    if "Authorization" not in request.headers and request.method in READING:
        visitor = visitor_of(platform, request)
        if visitor is not None:
            return visitor
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise ProblemError(401, "send your key as `Authorization: Bearer cck_...`")
    caller = recognise(platform, key.strip())
    if caller is None:
        raise ProblemError(401, "this key is unknown or closed")
    return caller


def visitor_of(platform: Platform, request: Request) -> Organisation | None:
    """Whose session a browser's request carries; None without one that is still good."""
    try:
        prefix = _signer(platform).loads(request.cookies.get(COOKIE, ""), SESSION_SECONDS)
    except BadData:
        return None
    return owner_of_key(platform, prefix) if isinstance(prefix, str) else None


def open_session(platform: Platform, key: str, response: Response, *, secure: bool) -> bool:
    """Give a response the cookie of a session; False when the key opens none."""
    stored = open_key(platform, key)
    if stored is None:
        return False
    response.set_cookie(
        COOKIE,
        str(_signer(platform).dumps(stored.prefix)),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=secure,
    )
    return True


def close_session(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")


def refuse_foreign_form(request: Request) -> None:
    """Refuse a form that another site sent. Raises ProblemError."""
    if urlsplit(request.headers.get("Origin", "")).netloc != request.host:
        raise ProblemError(403, "this form did not come from our own page; open it and try again")


def _signer(platform: Platform) -> URLSafeTimedSerializer:
    secret = hmac.new(platform.pepper, b"clearcue studio session", sha256).digest()
    return URLSafeTimedSerializer(
        secret,
        salt="clearcue.web.session",
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )
