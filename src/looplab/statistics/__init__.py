"""Statistics of many runs: intervals, comparisons of two arms, and verdicts.

| question | answer | source |
|---|---|---|
| how large is a measure, typically? | `interquartile_mean`, `iqm_interval` | Agarwal et al., 2021 |
| which of two arms is larger, and by how much? | `paired_difference`, `unpaired_difference` | the same |
| how often does one beat the other? | `probability_of_improvement` | the same; Mann & Whitney, 1947 |
| how often does something happen? | `rate_interval` | Wilson, 1927 |
| how do two rates differ? | `rate_difference` | Newcombe, 1998 |
| do two learners differ in cross-validation? | `corrected_resampled_t` | Nadeau & Bengio, 2003 |
| several claims at once? | `simultaneous_level` | Bonferroni; Dunn, 1961 |
| is a claim true? | `verdict_above`, `verdict_below`, `verdict_within`, `all_of` | |

Every function that draws random numbers takes a seed and neither reads nor changes any global random state.
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.statistics.comparisons import paired_difference, probability_of_improvement, unpaired_difference
    from looplab.statistics.interval import Interval, simultaneous_level
    from looplab.statistics.iqm import interquartile_mean, iqm_interval
    from looplab.statistics.rates import rate_difference, rate_interval
    from looplab.statistics.resampled import corrected_resampled_t
    from looplab.statistics.verdicts import Verdict, all_of, verdict_above, verdict_below, verdict_within
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.statistics.comparisons": [
                "paired_difference",
                "probability_of_improvement",
                "unpaired_difference",
            ],
            "looplab.statistics.interval": ["Interval", "simultaneous_level"],
            "looplab.statistics.iqm": ["interquartile_mean", "iqm_interval"],
            "looplab.statistics.rates": ["rate_difference", "rate_interval"],
            "looplab.statistics.resampled": ["corrected_resampled_t"],
            "looplab.statistics.verdicts": ["Verdict", "all_of", "verdict_above", "verdict_below", "verdict_within"],
        },
    )

__all__ = [
    "Interval",
    "Verdict",
    "all_of",
    "corrected_resampled_t",
    "interquartile_mean",
    "iqm_interval",
    "paired_difference",
    "probability_of_improvement",
    "rate_difference",
    "rate_interval",
    "simultaneous_level",
    "unpaired_difference",
    "verdict_above",
    "verdict_below",
    "verdict_within",
]
