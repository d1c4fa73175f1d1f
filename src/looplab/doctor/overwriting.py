"""Whether the inputs that a model was given are overwritten later, where they lie."""

import weakref
from dataclasses import dataclass

import torch
from torch import Tensor

from looplab.doctor.operations import unseen
from looplab.doctor.sameness import same_values

__all__ = ["Overwriting"]

_BATCHES = 16
"""Batches that are kept in mind."""
_ELEMENTS = 65_536
"""Elements of a batch that are compared: its first rows."""
ALIKE = 0.25
"""Correlation, each column's mean taken off, above which new values come from the old ones: of other rows in the same
place it is near 0, of noise added over and over it falls slowly."""


@dataclass
class _Lent:
    """A batch as the model was given it.

    Attributes:
        owner: the tensor whose memory it lies in, which may be gone; a batch that was put together anew goes at once.
        place: shape, strides and offset in that memory.
        values: of its first rows, copied.
        is_seen_again: whether it was looked at later.
        is_overwritten: whether its values were then others that come from these.
    """

    owner: "weakref.ref[Tensor]"
    place: tuple[torch.Size, tuple[int, ...], int]
    values: Tensor
    is_seen_again: bool = False
    is_overwritten: bool = False


class Overwriting:
    """Looks at some batches again while their memory still belongs to the tensor it belonged to."""

    def __init__(self) -> None:
        self._lent: list[_Lent] = []

    @property
    def compared(self) -> int:
        """How many batches were looked at again."""
        return sum(each.is_seen_again for each in self._lent)

    @property
    def overwritten(self) -> int:
        """How many of these had been overwritten."""
        return sum(each.is_overwritten for each in self._lent)

    def lend(self, given: Tensor | None) -> None:
        """Keep a batch in mind that the model is given, unless it is one that is trained itself."""
        if given is None or given.ndim == 0 or given.requires_grad or given.layout is not torch.strided:
            return
        with unseen():
            owner = given if given._base is None else given._base
            first = given.detach()[: max(1, _ELEMENTS * len(given) // max(1, given.numel()))]
            place = first.shape, first.stride(), int(first.storage_offset())
            self._lent = [each for each in self._lent if each.is_seen_again or each.owner() is not None]
            is_new = all(each.owner() is not owner or each.place != place for each in self._lent)
            if is_new and len(self._lent) < _BATCHES and not owner.requires_grad:
                self._lent.append(_Lent(weakref.ref(owner), place, first.clone()))

    def look_again(self) -> None:
        """Compare what is kept in mind with what stands there now."""
        with torch.no_grad(), unseen():
            for lent in self._lent:
                owner = lent.owner()
                if owner is None or lent.is_overwritten or owner.untyped_storage().nbytes() == 0:
                    continue
                now = owner.detach().as_strided(*lent.place)
                lent.is_seen_again = True
                lent.is_overwritten = not same_values(now, lent.values) and _comes_from(now, lent.values)


def _comes_from(now: Tensor, before: Tensor) -> bool:
    """Whether values correlate with those that stood there before, rather than being those of other rows."""
    one, other = (each.double().nan_to_num() - each.double().nan_to_num().mean(dim=0) for each in (now, before))
    size = float(one.norm() * other.norm())
    return size > 0 and float((one * other).sum()) > ALIKE * size
