"""What licensing raises."""

from clearcue.errors import BadInputError, ClearcueError


class TermsError(ClearcueError):
    """The licence templates or the price list of this installation are not as they must be."""


class QuoteLapsedError(BadInputError):
    """The quote's time to be accepted is over."""
