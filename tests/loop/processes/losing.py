"""A script for two processes that nobody watches: one is gone in the middle of the training, the other says so."""

import os

import torch
from cases import BASE, ROWS  # type: ignore[import-not-found]  # it lies beside this script

from looplab import Computation, LooplabError, Training, mlp, train


def leave(training: Training) -> None:
    if training.step == 3 and not training.is_first:
        os._exit(0)


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        train(lambda: mlp(2, [4], 1), ROWS, BASE, computation=Computation(parallel="ddp"), callbacks=[leave])
    except LooplabError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        os._exit(3)  # the group cannot be left in order
