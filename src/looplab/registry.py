"""Tables made from what is found: each optimizer, activation, loss and schedule is one file in its folder."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from looplab.errors import RegistryError
from looplab.words import kind_in_words

__all__ = ["Cannot", "Registry"]


class Named(Protocol):
    """What can be registered: something with a name that checks itself when it is made."""

    @property
    def name(self) -> str:
        """The name users write."""


Entry = TypeVar("Entry", bound=Named)


@dataclass(frozen=True)
class Cannot:
    """Stands in for a formula that does not exist, and says why.

    Args:
        reason: a clause that follows "because", such as "it orthogonalizes whole matrices".
    """

    reason: str


class Registry(Mapping[str, Entry]):
    """Entries by name, in alphabetical order.

    Args:
        kind: what an entry is called, such as "optimizer".
        entry_class: its class.
    """

    def __init__(self, kind: str, entry_class: type[Entry]) -> None:
        self._kind, self._class = kind, entry_class
        self._entries: dict[str, Entry] = {}
        self._own: set[str] = set()

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def has_guests(self) -> bool:
        """Whether the entries differ from those found in the folder."""
        return self._own != set(self._entries)

    def register(self, entry: Entry) -> None:
        """Add an entry.

        Raises:
            RegistryError: it is not such an entry, or its name is taken.
        """
        if not isinstance(entry, self._class):
            raise RegistryError(
                f"{self._kind} to register", expected=f"a {self._class.__name__}", got=kind_in_words(entry)
            )
        self._check(entry)
        if entry.name in self._entries:
            raise RegistryError(
                f"{self._kind} '{entry.name}'", expected="a name of its own", got="a second one of this name"
            )
        self._entries = dict(sorted({**self._entries, entry.name: entry}.items()))

    def _check(self, entry: Entry) -> None:
        """Check what else this kind of entry requires; raises a `RegistryError`."""

    @contextmanager
    def registered(self, *entries: Entry, instead_of: str | None = None) -> Iterator[None]:
        """Register these entries for a while, in a test or a notebook; meanwhile, leave out the one of a given name."""
        before = self._entries
        try:
            self._entries = {name: entry for name, entry in before.items() if name != instead_of}
            for entry in entries:
                self.register(entry)
            yield
        finally:
            self._entries = before

    def register_folder(self, package: str, folder: list[str]) -> None:
        """Add the entry of each module in a package's folder; modules without one are skipped.

        Raises:
            RegistryError: a module holds more than one.
        """
        for found in pkgutil.iter_modules(folder):
            module = importlib.import_module(f"{package}.{found.name}")
            entries = [value for value in vars(module).values() if isinstance(value, self._class)]
            if len(entries) > 1:
                names = ", ".join(entry.name for entry in entries)
                raise RegistryError(module.__name__, expected=f"one {self._kind}", got=names, fix="One file for each.")
            for entry in entries:
                self.register(entry)
                self._own.add(entry.name)
