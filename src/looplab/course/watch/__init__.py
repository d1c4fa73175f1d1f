"""`looplab watch`: the answers to a lesson's exercises are files, which are checked whenever they are saved."""

from looplab.errors import optional_part

with optional_part("looplab watch", "course"):
    from looplab.course.watch.session import watch

__all__ = ["watch"]
