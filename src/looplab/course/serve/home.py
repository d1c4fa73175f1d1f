"""Where a learner's own files lie: their notebooks and what Jupyter wants to remember."""

from dataclasses import dataclass
from pathlib import Path

from looplab.errors import FileError, ServeError
from looplab.files import home_folder, make_folder
from looplab.files.folders import require_writable
from looplab.files.places import HOME_VARIABLE

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
            ServeError: one cannot be made or written to.
        """
        for folder in (self.folder, self.notebooks, self.jupyter):
            try:
                make_folder(folder, permissions=0o700)
                require_writable(folder)
            except FileError as error:
                raise ServeError(
                    str(folder),
                    expected="a folder that can be made and written to",
                    got=error.strerror or str(error),
                    fix=f"Name another one in the environment variable {HOME_VARIABLE}.",
                ) from error


def learner_home() -> Home:
    """The folder that `LOOPLAB_HOME` names, or else the user's data directory.

    Raises:
        FileError: what it names cannot be one.
    """
    return Home(folder=home_folder())
