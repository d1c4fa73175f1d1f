"""Where a learner's own files lie: their notebooks and what Jupyter wants to remember."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from looplab.errors import ServeError

__all__ = ["Home", "learner_home"]


@dataclass(frozen=True, kw_only=True)
class Home:
    """The learner's folder and what it holds.

    Args:
        folder: the whole; exercises keep their progress here too.
    """

    folder: Path

    @property
    def notebooks(self) -> Path:
        """The learner's own notebooks: the only folder that the server lets a browser look into."""
        return self.folder / "notebooks"

    @property
    def jupyter(self) -> Path:
        """Settings, workspaces and run-time files of the server; the user's own Jupyter is left alone."""
        return self.folder / "jupyter"

    def make(self) -> None:
        """Make the folders that are missing, readable by their owner alone.

        Raises:
            ServeError: one cannot be made.
        """
        try:
            for folder in (self.folder, self.notebooks, self.jupyter):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServeError(
                str(self.folder),
                expected="a folder that can be made and written to",
                got=error.strerror or str(error),
                fix="Name another one in the environment variable LOOPLAB_HOME.",
            ) from error


def learner_home() -> Home:
    """The folder that `LOOPLAB_HOME` names, or else the user's data directory.

    >>> import os
    >>> os.environ["LOOPLAB_HOME"] = "somewhere"
    >>> learner_home().notebooks.as_posix().endswith("somewhere/notebooks")
    True
    >>> del os.environ["LOOPLAB_HOME"]
    """
    named = os.environ.get("LOOPLAB_HOME")
    folder = Path(named) if named else platformdirs.user_data_path("looplab", appauthor=False)
    return Home(folder=folder.expanduser().absolute())
