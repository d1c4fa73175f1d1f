import torch
from hypothesis import given
from hypothesis import strategies as st

from looplab.data import batch_order


@given(rows=st.integers(1, 60), batch_size=st.integers(1, 70), epochs=st.integers(1, 4), seed=st.integers(0, 2**50))
def test_every_epoch_visits_every_row_once(rows: int, batch_size: int, epochs: int, seed: int) -> None:
    per_epoch = -(-rows // batch_size)
    batches = [batch for batch in batch_order(rows, batch_size, epochs * per_epoch, seed) if batch is not None]
    assert len(batches) == epochs * per_epoch
    for epoch in range(epochs):
        of_epoch = batches[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert sorted(torch.cat(of_epoch).tolist()) == list(range(rows))
        assert all(len(batch) == batch_size for batch in of_epoch[:-1])


@given(steps=st.integers(1, 20), more=st.integers(1, 20))
def test_a_longer_training_begins_with_the_shorter_one(steps: int, more: int) -> None:
    short, long = list(batch_order(7, 3, steps, seed=1)), list(batch_order(7, 3, steps + more, seed=1))
    assert all(torch.equal(a, b) for a, b in zip(short, long, strict=False) if a is not None and b is not None)


def test_all_rows_are_none() -> None:
    assert list(batch_order(rows=5, batch_size=None, steps=3, seed=0)) == [None, None, None]


def test_the_order_ignores_the_global_random_state() -> None:
    torch.manual_seed(0)
    first = [b.tolist() for b in batch_order(20, 6, 8, seed=5) if b is not None]
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert [b.tolist() for b in batch_order(20, 6, 8, seed=5) if b is not None] == first
    assert torch.equal(torch.get_rng_state(), before)
