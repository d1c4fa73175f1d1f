"""How a backend says that it cannot train what it was given, so that the next one is tried."""

__all__ = ["UnsuitableError"]


class UnsuitableError(Exception):
    """A backend would not give what `train` gives.

    Never seen by a user: `train_many` goes on to the next backend, or says it in a sentence.

    Args:
        reason: a clause that follows "because", such as "layer 1 is a PReLU".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
