"""From kernels, which are plain Python, to machine code. All of it needs numba, and nothing else does.

`functions` goes through the kernels and finds for each function that they name what stands for it in compiled code:
another kernel, or what `vectors`, `instructions` and `unpacking` have for a function of `looplab.lanes`. `parts`
compiles kernels one by one and the whole that they make up.
"""
