"""Plain words for what Python has technical ones for, in sentences for people who are learning it."""

import re
import types

__all__ = ["in_plain_words", "kind_in_words", "with_article", "without_secrets"]

_KINDS = {
    "NoneType": "nothing (None)",
    "bool": "True or False (bool)",
    "builtin_function_or_method": "a function",
    "complex": "a complex number (complex)",
    "dict": "a dictionary (dict)",
    "float": "a number (float)",
    "function": "a function",
    "generator": "a generator",
    "int": "a whole number (int)",
    "list": "a list",
    "method": "a method",
    "module": "a module",
    "set": "a set",
    "str": "a text (str)",
    "tuple": "a tuple",
    "type": "a class",
}
_PASSWORD = re.compile(r"^(\s*[A-Za-z][\w.+-]*:/+[^:/@]*:).*@", re.DOTALL)
_AFTER_QUESTION = re.compile(r"^(\s*[A-Za-z][\w.+-]*:/+[^?]*\?).*", re.DOTALL)
_NAME = rf"'?(?P<{{}}>{'|'.join(_KINDS)}|[A-Za-z_]\w*)'?"
_SIGN = "(?P<sign>.+?)"
_ONE, _OTHER = _NAME.format("one"), _NAME.format("other")
_SENTENCES = (
    (rf"unsupported operand type\(s\) for {_SIGN}: {_ONE} and {_OTHER}", "{sign} does not work on {one} and {other}"),
    (rf"'{_SIGN}' not supported between instances of {_ONE} and {_OTHER}", "{sign} cannot compare {one} with {other}"),
    (rf"{_ONE} object is not subscriptable", "{one} has no items to take with [ ]"),
    (rf"{_ONE} object is not iterable", "{one} has no items to go through"),
    (rf"cannot unpack non-iterable {_ONE} object", "{one} cannot be unpacked into several names"),
    (rf"{_ONE} object is not callable", "{one} cannot be called with ( )"),
    (rf"{_ONE} object does not support item assignment", "no item of {one} can be set"),
    (rf"{_ONE} object has no attribute (?P<name>'\w+')", "{one} has no attribute {name}"),
    (rf"object of type {_ONE} has no len\(\)", "{one} has no length"),
    (
        r"(?P<name>[\w.]+\(\)) missing \d+ required positional arguments?: (?P<lacks>.+)",
        "{name} was called without {lacks}",
    ),
    (rf"bad operand type for unary {_SIGN}: {_ONE}", "{sign} does not work on {one}"),
)


def with_article(noun: str) -> str:
    """The noun with "a" or "an" before it.

    >>> with_article("int"), with_article("Tensor")
    ('an int', 'a Tensor')
    """
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def kind_in_words(value: object) -> str:
    """What kind of thing a value is, with the name that Python has for it.

    >>> kind_in_words(3), kind_in_words(None), kind_in_words(int)
    ('a whole number (int)', 'nothing (None)', 'the class int')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, types.BuiltinFunctionType | types.FunctionType | types.MethodType):
        return "a function"
    kind = type(value)
    if kind.__module__ == "numpy":
        return "a NumPy array" if kind.__name__ == "ndarray" else f"a NumPy {kind.__name__}"
    return _KINDS.get(kind.__name__) or with_article(kind.__name__)


def in_plain_words(text: str) -> str:
    """A message of Python's with its usual terms put in plain words; any other message as it is.

    >>> in_plain_words("'NoneType' object is not subscriptable")
    'nothing (None) has no items to take with [ ]: is a return missing?'
    """
    for pattern, sentence in _SENTENCES:
        found = re.fullmatch(pattern, text)
        if found is None:
            continue
        names = found.groupdict()
        kinds = {each: _KINDS.get(names[each], with_article(names[each])) for each in ("one", "other") if each in names}
        said = sentence.format(**names | kinds)
        return f"{said}: is a return missing?" if "NoneType" in names.values() else said
    return text


def without_secrets(address: str) -> str:
    """An address such as "postgresql://user:password@host/name?key=…" without what may be secret; other text as it is.

    >>> without_secrets("postgresql://ada:pass@word@host/houses?sslkey=k")
    'postgresql://ada:***@host/houses?***'
    """
    return _AFTER_QUESTION.sub(r"\1***", _PASSWORD.sub(r"\1***@", address))
