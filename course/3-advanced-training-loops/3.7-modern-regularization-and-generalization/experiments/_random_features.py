"""Least squares on random ReLU features: 40 noisy rows of a linear teacher, and any number of features."""

import torch

__all__ = ["error_on_new_rows"]

ROWS, INPUTS, NEW, NOISE = 40, 10, 1000, 0.1


def error_on_new_rows(features: int, ridge: float) -> float:
    """Mean squared error on new rows without noise; ridge 0 takes the solution with the smallest norm."""
    teacher = torch.randn(INPUTS, dtype=torch.float64) / INPUTS**0.5
    x, new = torch.randn(ROWS, INPUTS, dtype=torch.float64), torch.randn(NEW, INPUTS, dtype=torch.float64)
    y = x @ teacher + NOISE * torch.randn(ROWS, dtype=torch.float64)
    first = torch.randn(INPUTS, features, dtype=torch.float64) / INPUTS**0.5
    h, h_new = ((rows @ first).relu() / features**0.5 for rows in (x, new))
    if ridge:
        kernel = h @ h.T + ridge * torch.eye(ROWS, dtype=torch.float64)
        last = h.T @ torch.linalg.solve(kernel, y)
    else:
        last = torch.linalg.pinv(h) @ y
    return float((h_new @ last - new @ teacher).square().mean())
