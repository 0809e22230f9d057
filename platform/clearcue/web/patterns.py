"""What ids and digests look like in addresses and in JSON."""

ID = r"[0-9A-HJKMNP-TV-Z]{26}"
"""A ULID in Crockford's base 32."""

DIGEST = r"[0-9a-f]{64}"
"""A SHA-256 in hexadecimal digits."""

WORK_ID = r"[a-z0-9][a-z0-9-]{0,39}:[A-Za-z0-9._/-]{1,150}(:[0-9]{1,6})?"
FILE_NAME = r"(stems/)?[A-Za-z0-9-]{1,60}\.[a-z0-9]{2,10}"
TILE = r"(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?"
NUMBER = r"CL(-[0-9A-HJKMNP-TV-Z]{4}){4}"
"""A licence's number."""
PAPER = r"[a-z-]{3,30}\.(pdf|json|csv|txt)"
