"""The error tree of `bot`.

NgoziError
 ├─ SettingError      a setting is missing or wrong: one sentence, exit status 2
 ├─ SpoolError        the spool cannot be written: the process must not start
 ├─ RecordRefused     the database refuses a record for its own sake: the spool sets it aside
 └─ LeaseLost         another process has taken the work over: discard what was done
bot.channels: Forged, MediaFailed, SendFailed.   bot.media: PhotoRefused, VaultError.
"""

from __future__ import annotations


class NgoziError(Exception):
    """Anything of ours that a person at a terminal may read: what, the value, what was expected."""


class SettingError(NgoziError):
    """A setting is missing or wrong."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(f"{name} is {value!r}; expected {expected}")
        self.name = name


class SpoolError(NgoziError):
    """The spool folder cannot be written or read."""


class RecordRefused(NgoziError):
    """The database answers, and refuses this record: it will not take it another time either."""


class LeaseLost(NgoziError):
    """The lease ran out and somebody else took the work; whatever was done here must be thrown away."""
