"""The coffee of lesson 1.5: minutes, degrees above the room, and where the slope is taken."""


def data() -> dict[str, float | list[float]]:
    """What the figure is drawn from."""
    return {
        "minutes": [0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0],
        "degrees": [62.1, 50.8, 40.3, 34.5, 26.2, 18.9, 11.6, 5.7],
        "w": 0.4,
        "b": 5.0,
    }
