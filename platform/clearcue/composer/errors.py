"""What can go wrong in composing."""

from clearcue.errors import BadInputError, ClearcueError


class BriefError(BadInputError):
    """A brief asks for something that does not exist; the message names what does."""


class StyleError(ClearcueError):
    """A style, mood or usage file is wrong; the message names the file and the field."""


class CompositionError(ClearcueError):
    """No acceptable score could be composed from this brief and training set."""


class RefusedError(CompositionError):
    """The critic refused every candidate; another attempt or seed may do."""
