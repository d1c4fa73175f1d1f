"""Free text becomes weights of its commonest words, learnt from training rows and kept in the saved model."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from looplab import compare, predict
from looplab.comparison.folds import share_out
from looplab.comparison.free_text import MOST_WORDS, free_text, learn_words
from looplab.comparison.plan import make_plan
from looplab.comparison.preparation import Preparation
from looplab.comparison.prepare import prepare
from looplab.comparison.table import make_table
from looplab.data.columns import is_free_text

ROWS = 160


def reviews() -> pd.DataFrame:
    """Sentences of which one word alone tells the target, and a column that does not."""
    random = np.random.default_rng(0)
    good = random.integers(0, 2, ROWS)
    words = random.integers(0, 40, (ROWS, 3))
    text = [
        f"a {'fine' if each else 'poor'} thing of w{i} w{j} w{k}" for each, (i, j, k) in zip(good, words, strict=True)
    ]
    return pd.DataFrame({"text": text, "x": random.normal(size=ROWS), "y": np.where(good, "yes", "no")})


def test_what_is_free_text() -> None:
    assert is_free_text(reviews()["text"])
    assert not is_free_text(pd.Series([f"person {i}" for i in range(90)])), "two words name something"
    assert not is_free_text(pd.Series(["one of three words"] * 90)), "categories of several words"
    assert not is_free_text(pd.Series([f"row {i} of this" for i in range(20)])), "too few to learn words from"


def test_the_weights_are_those_of_scikit_learn_and_survive_json() -> None:
    frame = reviews()
    text = frame["text"].where(frame.index != 3)
    (learnt,) = learn_words(pd.DataFrame({"text": text}), ["text"])
    oracle = TfidfVectorizer(max_features=MOST_WORDS, min_df=2).fit(text.fillna(""))
    np.testing.assert_allclose(learnt.apply(text), oracle.transform(text.fillna("")).toarray(), rtol=1e-12)
    assert not learnt.apply(text)[3].any(), "a missing value has no words"
    assert not learnt.apply(pd.Series(["nothing known", None])).any()
    preparation, matrix = Preparation.learn_with(frame[["text", "x"]], [], np.zeros((ROWS, 1)), 0, ["text"])
    again = Preparation.from_json(json.loads(json.dumps(preparation.to_json())))
    assert again == preparation
    assert again.names == ("x", "text")
    np.testing.assert_array_equal(again.apply(frame), matrix)
    assert matrix.shape[1] == preparation.features


def test_words_come_from_the_training_rows_alone() -> None:
    table = make_table(reviews(), "y")
    folds = share_out(table, make_plan(len(table), repeats=1, seeds=1, margin=0.1, curve=False, seed=0))
    for fold, prepared in zip(folds.compared, prepare(table, folds, 0).compared, strict=True):
        assert prepared.preparation.words == learn_words(table.columns.iloc[fold.train], ["text"])
    assert learn_words(pd.DataFrame({"text": ["one", "two", "!"]}), ["text"]) == ()


def test_a_damaged_description_is_refused() -> None:
    preparation, _ = Preparation.learn_with(reviews()[["text"]], [], np.zeros((ROWS, 1)), 0, ["text"])
    data = preparation.to_json()
    for words, weights in ((["a", "a"], [1.0, 1.0]), (["a", "b"], [1.0]), (["a"], [-1.0])):
        with pytest.raises(ValueError, match=r"words of 'text' without their weights|Expected"):
            Preparation.from_json(data | {"words": [["text", words, weights]]})
    assert Preparation.from_json({name: value for name, value in data.items() if name != "words"}).words == ()


def test_a_comparison_learns_from_text_and_predicts_with_it(tmp_path: Path) -> None:
    frame = reviews()
    found = compare(frame, "y", repeats=1, seeds=1, curve=False)
    assert found.leaks == (), "text that differs in every row gives nothing away"
    assert any("Column 'text' is free text: the 100 commonest words" in note for note in found.table.notes)
    assert found.arms["linear"].interval.estimate < 0.5 * found.arms["constant"].interval.estimate
    path = found.save(tmp_path / "model.safetensors")
    new = pd.DataFrame({"text": ["a fine thing of w1", "a poor thing of w2"], "x": [0.0, 0.0]})
    assert predict(path, new)["prediction"].tolist() == ["yes", "no"]


def test_post_codes_that_mostly_differ_are_encoded_and_names_left_out() -> None:
    random = np.random.default_rng(0)
    code = random.integers(0, 260, 400)
    frame = pd.DataFrame({"code": [f"AB{each}" for each in code], "name": [f"row {each}" for each in range(400)]})
    table = make_table(frame.assign(y=random.normal(size=260)[code]), "y")
    assert list(table.columns) == ["code"]
    assert any(note.startswith("Column 'name' dropped: it names the rows") for note in table.notes)
    assert any("categories stands for the mean target of its rows" in note for note in table.notes)
    assert free_text(table.columns) == ()
