"""What keeps a release from being made or read, apart from what the warehouse and the disk raise."""

__all__ = ["ReleaseError"]


class ReleaseError(RuntimeError):
    """A release cannot be made, read or put where it is wanted; the message says what to do."""
