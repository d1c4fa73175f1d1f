"""Text columns of several words: each of the commonest words of the training rows becomes a number, its TF-IDF weight.

A word weighs the more the oftener it stands in a value, and the fewer values have it; the weights of a value have the
length 1. Which words count, and in how many values each stands, comes from training rows alone.

Source: Salton & Buckley, Term-Weighting Approaches in Automatic Text Retrieval, Information Processing & Management 24,
1988.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.data.columns import is_free_text

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

__all__ = ["MOST_WORDS", "WordsColumn", "free_text", "learn_words"]

MOST_WORDS = 100
"""The most words of one column that count."""

_FEWEST_VALUES = 2  # that have a word


@dataclass(frozen=True)
class WordsColumn:
    """A column of text as weights of words.

    Attributes:
        name: the column's.
        words: those that count.
        weights: the inverse document frequency of each, at least 1.
    """

    name: str
    words: tuple[str, ...]
    weights: tuple[float, ...]

    def apply(self, column: pd.Series) -> NDArray[np.float64]:
        """The numbers N×W of a column of text; zeros for a missing value, or one without any of the words."""
        if not len(column):
            return np.zeros((0, len(self.words)))
        return np.asarray(self._vectorizer.transform(_texts(column)).toarray(), dtype=np.float64)

    @cached_property
    def _vectorizer(self) -> "TfidfVectorizer":
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(vocabulary=list(self.words))
        vectorizer.idf_ = np.array(self.weights)
        return vectorizer


def free_text(columns: pd.DataFrame) -> tuple[str, ...]:
    """The columns of a table whose values are sentences or names of several words rather than categories."""
    text = (name for name, column in columns.items() if column.dtype != np.float64)
    return tuple(str(name) for name in text if is_free_text(columns[name]))


def learn_words(columns: pd.DataFrame, names: Sequence[str]) -> tuple[WordsColumn, ...]:
    """Learn the words of some columns from training rows; a column without any word in two values is left out."""
    learnt = (_learn(name, columns[name]) for name in names)
    return tuple(column for column in learnt if column is not None)


def _learn(name: str, column: pd.Series) -> WordsColumn | None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(max_features=MOST_WORDS, min_df=_FEWEST_VALUES)
    try:
        vectorizer.fit(_texts(column))
    except ValueError:  # no word at all, or none in two values
        return None
    words: list[Any] = vectorizer.get_feature_names_out().tolist()
    return WordsColumn(name, tuple(map(str, words)), tuple(vectorizer.idf_.tolist()))


def _texts(column: pd.Series) -> list[str]:
    return ["" if missing else str(text) for text, missing in zip(column, column.isna(), strict=True)]
