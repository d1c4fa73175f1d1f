"""Data: the dataset, the named datasets, tables from files, batch orders."""

from looplab.data.batches import batch_order, epoch_order
from looplab.data.dataset import Dataset, Task
from looplab.data.named import DATASETS, load
from looplab.data.options import ReadOptions

__all__ = ["DATASETS", "Dataset", "ReadOptions", "Task", "batch_order", "epoch_order", "load"]
