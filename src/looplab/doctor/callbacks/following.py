"""What the callbacks of all frameworks share: a watch for each training that the framework carries out."""

from collections.abc import Callable
from typing import Any

from looplab.doctor.diagnosis import Diagnosis, nothing_watched
from looplab.doctor.finding import Finding
from looplab.doctor.watch_loop import Watch, watch
from looplab.errors import DoctorError

__all__ = ["Following"]


class Following:
    """Watches one training after another; a copy, or what is stored of it, has watched none.

    Args:
        callback: what the callback is called.
    """

    def __init__(self, callback: str) -> None:
        self._callback = callback
        self._watch: Watch | None = None
        self._is_open = False
        self._unwatched = ""

    def begin(
        self,
        model: Any,
        optimizer: Any,
        loss_fn: Any = None,
        *,
        on_finding: Callable[[Finding], None] | None,
        every: int | None,
        within_update: bool = False,
    ) -> Watch | None:
        """Watch a training that begins; what cannot be watched goes on without.

        Args:
            model: as the framework has it.
            optimizer: likewise.
            loss_fn: likewise; None where the framework has none of its own.
            on_finding: as for `looplab.doctor.watch`.
            every: likewise.
            within_update: whether the optimizer's step has begun already, whose closure calls the model.

        Returns:
            The watch; None where the parts are not what one is for.
        """
        self.begin_without("")
        try:
            begun = watch(model, optimizer, loss_fn, on_finding=on_finding, every=every)
        except DoctorError as error:
            self._unwatched = str(error)
            return None
        begun.begin(within_update=within_update)
        self._watch, self._is_open = begun, True
        return begun

    def begin_without(self, why: str) -> None:
        """Of a training that begins, nothing is to be watched yet.

        Args:
            why: what is said if it stays so, as the middle of a sentence.
        """
        self.end()
        self._watch, self._unwatched = None, why

    def end(self, error: BaseException | None = None) -> None:
        """Watch no longer; nothing happens where no watch is open.

        Args:
            error: what ended the training, which gets the findings so far beside it.
        """
        if self._is_open and self._watch is not None:
            self._is_open = False
            self._watch.__exit__(None if error is None else type(error), error, None)

    def diagnosis(self) -> Diagnosis:
        """What the rules find in the last training, or in the one that goes on; see `Watch.diagnosis`.

        Raises:
            DoctorError: no training has begun.
        """
        if self._unwatched:
            return nothing_watched(self._unwatched)
        if self._watch is None:
            raise DoctorError(self._callback, expected="a training with this callback", got="none so far")
        return self._watch.diagnosis()

    def __getstate__(self) -> dict[str, Any]:
        return {"_callback": self._callback, "_watch": None, "_is_open": False, "_unwatched": ""}
