"""The table of `looplab.sklearn` beside `sklearn.neural_network`."""

import textwrap
from collections.abc import Mapping
from typing import Any


def sklearn_mlp(report: Mapping[str, Any]) -> str:
    """Scores and times of equal ensembles on each table."""
    titles = [
        "table",
        "rows × columns",
        "score",
        "looplab",
        "scikit-learn",
        "looplab ahead by (95 %)",
        "one network of scikit-learn's",
        "processor time, scikit-learn's / looplab's",
    ]
    lines = [f"| {' | '.join(titles)} |", "|---|---:|---|" + "---:|" * 5]
    for name, each in report["tables"].items():
        scores, (low, middle, high) = each["mean_score"], each["looplab_ahead"]
        cells = [
            name,
            f"{each['rows']:,} × {each['columns']}",
            each["score"],
            *(f"{scores[rival]:.3f}" for rival in ("looplab", "scikit-learn")),
            f"{middle:+.3f} [{low:+.3f}, {high:+.3f}]",
            f"{scores['scikit-learn, one']:.3f}",
            f"{each['times_faster']['processor_seconds']:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    tables, about = report["tables"].values(), report["versions"]
    ahead = sum(each["looplab_ahead"][0] > 0 for each in tables)
    behind = sum(each["looplab_ahead"][2] < 0 for each in tables)
    faster = [each["times_faster"]["processor_seconds"] for each in tables]
    text = (
        f"Of {len(faster)} tables looplab is ahead on {ahead}, behind on {behind}, and within noise on the others; "
        f"scikit-learn takes {min(faster):.1f} to {max(faster):.1f} times its processor time. Both train "
        f"{report['members']} networks with one hidden layer of 64 for {report['epochs']} epochs of Adam in batches of "
        f"{report['batch_size']}, over {report['folds']} folds; the higher score is the better. Intervals are those of "
        "the corrected resampled t-test. Processor time is the median over the folds of the ratio within each "
        f"({about['processor']}, scikit-learn {about['scikit-learn']}). `benchmarks/sklearn_mlp.py` measures it; "
        "benchmarks/results/sklearn_mlp.json holds every number."
    )
    return "\n".join([*lines, "", *textwrap.wrap(text, 120)])
