"""Tables that are made from what is there: each optimizer, activation, loss and schedule is one file in its folder."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from looplab.errors import RegistryError

__all__ = ["Cannot", "Registry"]


class Named(Protocol):
    """What can be registered: it has a name, and checks itself when it is made."""

    @property
    def name(self) -> str:
        """The name that users write."""


Entry = TypeVar("Entry", bound=Named)


@dataclass(frozen=True)
class Cannot:
    """In place of a formula: why there is none.

    Args:
        reason: a clause that follows "because", such as "it orthogonalizes whole matrices".
    """

    reason: str


class Registry(Mapping[str, Entry]):
    """Entries by name, in the order of their names.

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
        """Whether the entries are others than those that came from the folder."""
        return self._own != set(self._entries)

    def register(self, entry: Entry) -> None:
        """Add an entry.

        Raises:
            RegistryError: it is none, or there is one of this name.
        """
        if not isinstance(entry, self._class):
            raise RegistryError(
                f"{self._kind} to register", expected=f"a {self._class.__name__}", got=f"a {type(entry).__name__}"
            )
        self._check(entry)
        if entry.name in self._entries:
            raise RegistryError(
                f"{self._kind} '{entry.name}'", expected="a name of its own", got="a second one of this name"
            )
        self._entries = dict(sorted({**self._entries, entry.name: entry}.items()))

    def _check(self, entry: Entry) -> None:
        """Whatever else a kind of entries asks for; raises a `RegistryError`."""

    @contextmanager
    def registered(self, *entries: Entry, instead_of: str | None = None) -> Iterator[None]:
        """Have these entries for a while, in a test or a notebook; meanwhile, do without the one of a name."""
        before = self._entries
        try:
            self._entries = {name: entry for name, entry in before.items() if name != instead_of}
            for entry in entries:
                self.register(entry)
            yield
        finally:
            self._entries = before

    def register_folder(self, package: str, folder: list[str]) -> None:
        """Add the entry of each module in a package's folder; of a module without one nothing.

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
