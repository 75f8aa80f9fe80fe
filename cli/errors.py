"""The one failure a command shows: a sentence for the person at the terminal."""


class CommandError(Exception):
    """The command cannot go on; the message says why and what to do."""
