"""The base of every error that Clearcue raises.

A message is one plain line that says what to do. `exit_code` is what the command line ends with:
1 failed or not verified, 2 bad usage or unreadable input, 3 near-duplicate.
"""


class ClearcueError(Exception):
    """Base of all of Clearcue's errors; its text is shown to the user as it stands."""

    exit_code = 1


class BadInputError(ClearcueError):
    """What the user gave cannot be used; the message says what would be accepted."""

    exit_code = 2
