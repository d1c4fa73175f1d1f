"""Exercises of lesson 3.8: what an answer must do, and mistakes that are told apart.

Each is an `Exercise` with a check and planted wrong answers; `looplab.course.exercises` shows one.
"""

from looplab.course.exercises import Exercise

__all__ = ["EXERCISES"]

EXERCISES: tuple[Exercise, ...] = ()
