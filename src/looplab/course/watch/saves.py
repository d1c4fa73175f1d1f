"""Noticing that a file was saved, however the editor does it: in place, by a new file of its name, or in two steps."""

from collections.abc import Iterator, Sequence

from watchfiles import watch

from looplab.course.watch.answer_files import AnswerFile

__all__ = ["saved_files"]

_QUIET_MILLISECONDS = 100  # without a change in the folder, after which a save is taken to be over
_LONGEST_MILLISECONDS = 1000  # that is waited for such quiet
_EMPTY_LOOKS = 3  # at which a file must hold nothing to be taken for empty: saving in place begins by emptying it
_LOOK_MILLISECONDS = 1000  # after which the files are looked at where the system reports nothing, as on network drives


def saved_files(files: Sequence[AnswerFile], seen: dict[AnswerFile, bytes | None]) -> Iterator[AnswerFile]:
    """Each file as it is saved with another content than it had; never ends.

    Args:
        files: those to watch, in one folder, which exists.
        seen: what each held when it was last looked at; kept up to date.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    empty = dict.fromkeys(files, 0)
    for _ in watch(
        files[0].path.parent,
        watch_filter=None,
        debounce=_LONGEST_MILLISECONDS,
        step=_QUIET_MILLISECONDS,
        rust_timeout=_LOOK_MILLISECONDS,
        yield_on_timeout=True,
        recursive=False,
    ):
        for file in files:
            content = file.content()
            empty[file] = empty[file] + 1 if content == b"" else 0
            is_whole = content is not None and empty[file] in (0, _EMPTY_LOOKS)
            if is_whole and content != seen.get(file):
                seen[file] = content
                yield file
