"""What `compare` returns: its result, with methods to report and save it."""

from pathlib import Path

from looplab.comparison.forms import Form
from looplab.comparison.result import Result
from looplab.comparison.saved import save_model

__all__ = ["Comparison"]


class Comparison(Result):
    """The answer of `compare`, with everything it rests on; see `looplab.comparison.result.Result`."""

    def report(self, path: str | Path) -> Path:
        """Write a self-contained HTML report with figures; returns the path. Needs the optional part `figures`."""
        from looplab.comparison.report import write_report  # loads matplotlib

        return write_report(self, Path(path))

    @property
    def saved(self) -> str:
        """What `save` writes, in words."""
        if self.winner == "constant":
            none = "no model reliably" in self.sentence
            return f"the constant prediction{': no other arm reliably predicts better' if none else ''}"
        if self.winner == "linear":
            form: Form = self.model.fitted.chosen["form"]
            return f"the linear model {form.words}".rstrip()
        return f"the {self.winner}"

    def save(self, path: str | Path) -> Path:
        """Write the fitted winner, preprocessing included, for `looplab predict`; returns the path."""
        return save_model(self, Path(path))
