"""The trainings of the three works in plain numba: what its users write, with no name that it does not promise to keep.

The rival of the fused engine in `plain_numba.py`. Loops over rows are written so that LLVM turns them into vectors:
float32 throughout, rows side by side, elementary functions as polynomials, no view made within a step (each would count
its owners), and few enough arrays in a loop that LLVM can check that they do not overlap.
"""
