"""What points and commas mean in a column of numbers in text.

"1.5" has a decimal point, "1.234.567" has points between thousands, but "1.234" may be either. What a column leaves
open is inferred from the other columns of its table, then from the delimiter: where a comma separates fields it is
seldom a decimal sign, too. If even that leaves it open, the user is asked.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from looplab.data.options import ReadOptions
from looplab.data.readings.number import CONVENTIONS, body_pattern
from looplab.data.words import printable
from looplab.errors import TableError

__all__ = ["Signs", "shared_decimal"]

_PATTERNS = {convention: body_pattern(*convention) for convention in CONVENTIONS}
_SHAPE = str.maketrans("23456789", "11111111")
"""To the patterns all digits but 0 are the same, so that few shapes stand for many numbers."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """The signs in a column's numbers.

    Attributes:
        bodies: the numbers without prefix and suffix, such as "1.234,5".
        possible: the conventions by which most of them can be read.
    """

    bodies: tuple[str, ...]
    possible: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, bodies: Iterable[str], options: ReadOptions) -> "Signs":
        """The signs in these bodies, as far as the options leave them open."""
        bodies = tuple(bodies)
        allowed = [
            (decimal, thousands)
            for decimal, thousands in CONVENTIONS
            if options.decimal in (None, decimal)
            and decimal != options.thousands
            and (options.thousands is None or thousands in ("", options.thousands))
        ]
        shapes = Counter(body.translate(_SHAPE) for body in bodies)
        matched = {
            each: sum(number for shape, number in shapes.items() if _PATTERNS[each].fullmatch(shape))
            for each in allowed
        }
        most = max(matched.values(), default=0)
        return cls(bodies=bodies, possible=tuple(each for each in allowed if matched[each] == most and most > 0))

    @property
    def decimal(self) -> str | None:
        """The decimal sign, if the column alone tells it and has one."""
        signs = {decimal for decimal, _ in self.possible}
        if self._has_no_sign:
            return None
        if len(signs) == 1:
            return next(iter(signs))
        return next((sign for sign in (".", ",") if self._leading_zero(sign)), None)

    def decide(self, name: str, elsewhere: str | None, delimiter: str | None, options: ReadOptions) -> tuple[str, str]:
        """Decimal and thousands sign.

        Args:
            name: the column's, for the message.
            elsewhere: the decimal sign that the table's other columns have, if they agree on one.
            delimiter: that of a text file.
            options: what the user specified.

        Raises:
            TableError: a sign that may be either, with the options that say which.
        """
        if self._has_no_sign:
            return options.decimal or elsewhere or ".", options.thousands or ""
        decimal = options.decimal or self.decimal
        if decimal is None and len({thousands for _, thousands in self.possible}) > 1:
            decimal = self._ambiguous(name, elsewhere, delimiter, options)
        decimal = decimal or elsewhere or "."
        fitting = [each for each in self.possible if each[0] == decimal]
        return fitting[0] if fitting else self.possible[0]

    def _ambiguous(self, name: str, elsewhere: str | None, delimiter: str | None, options: ReadOptions) -> str:
        """The decimal sign if one sign, "." or ",", is always followed by three digits."""
        sign = "." if any("." in body for body in self.bodies) else ","
        other = "," if sign == "." else "."
        if options.thousands == sign:
            return other
        if elsewhere is not None:
            return elsewhere
        if delimiter == "," or (sign == "." and delimiter in (None, " ")):
            return "."
        example = next(body for body in self.bodies if sign in body)
        raise TableError(
            f"column '{printable(name)}'",
            expected="numbers that can be read in one way",
            got=f"'{example}', which may be {example.replace(sign, '.')} or {example.replace(sign, '')}",
            fix=f"Say decimal='{sign}' (--decimal {sign}) or thousands='{sign}' (--thousands {sign}).",
        )

    def is_whole(self, decimal: str) -> bool:
        """Whether no number has a fraction, the decimal sign being this."""
        return not any(decimal in body for body in self.bodies)

    @property
    def _has_no_sign(self) -> bool:
        return len(self.possible) > 0 and all(body.isdecimal() for body in self.bodies)

    def _leading_zero(self, sign: str) -> bool:
        """Whether a number such as 0.125 shows that the sign is decimal: no thousands begin with 0."""
        return any(body.startswith((f"0{sign}", f"00{sign}")) for body in self.bodies) and (sign, "") in self.possible


def shared_decimal(columns: Iterable[Signs]) -> str | None:
    """The decimal sign that the columns agree on; None where none tells it, or two disagree."""
    told = {signs.decimal for signs in columns} - {None}
    return told.pop() if len(told) == 1 else None
