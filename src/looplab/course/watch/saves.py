"""Noticing that a file was saved, however the editor does it: in place, by a new file of its name, or in two steps."""

from collections.abc import Iterator, Sequence

from watchfiles import watch

from looplab.course.watch.answer_files import AnswerFile

__all__ = ["saved_files"]

_QUIET_MILLISECONDS = 100  # without a change in the folder, after which a save is taken to be over
_LONGEST_MILLISECONDS = 1000  # that is waited for such quiet
_EMPTY_LOOKS = 3  # at which a file must hold nothing before that is told: saving in place begins by emptying it
_LOOK_MILLISECONDS = 1000  # after which the files are looked at where the system reports nothing, as on network drives


def saved_files(
    files: Sequence[AnswerFile], seen: dict[AnswerFile, bytes | None]
) -> Iterator[tuple[AnswerFile, bytes]]:
    """Each file that is saved with another content than it had, or stays empty, and its content; never ends.

    Args:
        files: those to watch, in one folder, which exists.
        seen: what each held when it was last looked at; kept up to date, except that no empty file is noted: how long
            a save in place leaves one is up to the machine, and what is written then may be what was there.

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
            if content and content != seen.get(file):
                seen[file] = content
                yield file, content
            elif empty[file] == _EMPTY_LOOKS:
                yield file, b""
