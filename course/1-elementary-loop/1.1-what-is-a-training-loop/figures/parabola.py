"""The tap of lesson 1.1: minutes open, litres in the tank."""


def data() -> dict[str, list[float]]:
    """What the figure is drawn from."""
    return {"minutes": [1.0, 2.0, 5.0], "litres": [2.4, 3.8, 10.0]}
