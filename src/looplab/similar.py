"""What somebody may have meant: the names most similar to one that does not exist, by number, spelling and title."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

__all__ = ["either", "nearest", "nearest_first"]

_BREAKS = re.compile(r"[\s.,;:_/-]+")
_WORDS = re.compile(r"\w+")


def nearest_first(name: str, choices: Iterable[str], titles: Mapping[str, str] | None = None) -> list[str]:
    """The choices, those most similar to the name first.

    A name that begins with a digit is taken for a number: "2-4" is near "2.4", and "2.4.9" to all that begins with 2.4.

    Args:
        name: what was written.
        choices: what there is.
        titles: what choices are called besides: a word from a choice's title finds it.

    >>> nearest_first("2.41", ["1.4", "2.1", "2.4"])
    ['2.4', '2.1', '1.4']
    >>> nearest_first("overfit", ["2.4", "2.6"], {"2.4": "On units", "2.6": "On overfitting"})
    ['2.6', '2.4']
    """
    return sorted(choices, key=lambda choice: _likeness(name.lower(), choice.lower(), (titles or {}).get(choice, "")))


def nearest(name: str, choices: Iterable[str], titles: Mapping[str, str] | None = None, *, count: int = 3) -> list[str]:
    """The most similar ones alone; the arguments as for `nearest_first`."""
    return nearest_first(name, choices, titles)[:count]


def either(words: list[str]) -> str:
    """The words as alternatives.

    >>> either(["a", "b", "c"]), either(["a"])
    ('a, b or c', 'a')
    """
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _likeness(name: str, choice: str, title: str) -> tuple[float, ...]:
    """Sorts the most similar first."""
    if name[:1].isdigit() and choice[:1].isdigit():
        return _likeness_of_numbers(_BREAKS.split(name.strip()), _BREAKS.split(choice))
    return (-max(_ratio(name, choice), _share_in_title(name, title.lower())),)


def _likeness_of_numbers(asked: list[str], there: list[str]) -> tuple[float, ...]:
    """Equal parts at the beginning count most, then equal beginnings of the first part that differs, then spelling."""
    asked = [part for part in asked if part]
    equal = next((at for at, pair in enumerate(zip(asked, there, strict=False)) if pair[0] != pair[1]), None)
    equal = min(len(asked), len(there)) if equal is None else equal
    rest = (asked[equal : equal + 1] or [""])[0], (there[equal : equal + 1] or [""])[0]
    begun = bool(rest[1]) and rest[0].startswith(rest[1])
    return -equal, -begun, -_ratio(".".join(asked), ".".join(there)), _distance(*rest)


def _distance(asked: str, there: str) -> float:
    return abs(int(asked) - int(there)) if asked.isdecimal() and there.isdecimal() else 0.0


def _share_in_title(name: str, title: str) -> float:
    """How well the words of a name are found among those of a title."""
    words, there = _WORDS.findall(name), _WORDS.findall(title)
    if not words or not there:
        return 0.0
    return sum(max(_ratio_of_word(word, other) for other in there) for word in words) / len(words)


def _ratio_of_word(word: str, other: str) -> float:
    """Nearly one where the word begins the other one, too."""
    is_beginning = len(word) > 3 and other.startswith(word)  # shorter ones begin too many
    return 0.95 if is_beginning and word != other else _ratio(word, other)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
