"""What licensing raises."""

from clearcue.errors import BadInputError, ClearcueError


class TermsError(ClearcueError):
    """The licence templates or the price list of this installation are not as they must be."""


class QuoteLapsedError(BadInputError):
    """The quote's time to be accepted is over."""


class ConflictError(BadInputError):
    """Another grant of the same music stands in the way; its text does not say whose."""


class LicenceEndedError(BadInputError):
    """The licence was revoked or superseded, and nothing more can be done with it."""
