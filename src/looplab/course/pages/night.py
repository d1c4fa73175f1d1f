"""Colours by night: each colour of a figure drawn on white, as it is drawn on a dark page."""

import math

__all__ = ["by_night"]

PAPER = "#ffffff"
_PAIRS = {
    PAPER: "#131416",
    "#000000": "#e6e8eb",
    "#222222": "#e6e8eb",
    "#6b6b6b": "#b4b8be",
    "#1f5fa8": "#7db3ee",
    "#b84f00": "#f39a55",
    "#0b7d7d": "#57c4c0",
    "#6f3fa0": "#c6a3ec",
    "#a8273b": "#ff9aa2",
    "#12395f": "#6ea8e6",
    "#e08a1e": "#ffc46b",
    "#7fb7a3": "#8fd0ba",
    "#8c3b6f": "#d58cbb",
    "#dbe5f0": "#1c2c3e",
    "#fdebd2": "#41301a",
}
"""As the live figures have them. The others follow from their lightness."""

_KNEE, _DARKEST = 0.6, 0.25
_BRIGHT, _MIDDLE, _NIGHT = 0.93, 0.755, 0.19


def by_night(colour: str) -> str:
    """The colour that stands for another one on a dark page: what was dark is light, and the hue stays.

    Args:
        colour: "#rrggbb", as it is on white.

    >>> by_night("#ffffff"), by_night("#222222")
    ('#131416', '#e6e8eb')
    """
    known = _PAIRS.get(colour.lower())
    if known is not None:
        return known
    lightness, a, b = _to_oklab(colour)
    wanted = _by_night(lightness)
    for share in range(20, -1, -1):  # a colour that no screen has gives up some of its chroma
        channels = _from_oklab(wanted, a * share / 20, b * share / 20)
        if all(-0.001 <= channel <= 1.001 for channel in channels):
            break
    return "#" + "".join(f"{round(255 * _encoded(min(max(channel, 0), 1))):02x}" for channel in channels)


def _by_night(lightness: float) -> float:
    """Ink becomes light and paper dark; what is darker on white is lighter by night, so that order is kept in reverse.

    Dark and middling colours draw lines and letters, which stay well above the paper; light ones fill areas.
    """
    if lightness < _KNEE:
        share = max(lightness - _DARKEST, 0) / (_KNEE - _DARKEST)
        return _BRIGHT + (_MIDDLE - _BRIGHT) * share
    return _MIDDLE + (_NIGHT - _MIDDLE) * (lightness - _KNEE) / (1 - _KNEE)


def _to_oklab(colour: str) -> tuple[float, float, float]:
    """Lightness and the two axes of hue; the matrices are Björn Ottosson's (Oklab, 2020)."""
    red, green, blue = (_decoded(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Red, green and blue before they are encoded; outside 0 to 1 where no screen has the colour."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
