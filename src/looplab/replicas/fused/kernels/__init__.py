"""What is compiled: the training loop and all that it calls. It is plain Python, which also runs as it is.

From the top: `training`; `passes` through a network and `blocks` of rows; `linear`, `narrow` and `shallow` layers,
`dropout`; `layered` networks with `norms` and `embedding`; `activations`, `losses` and `updates`, whose formulas stand
with the activation, loss or optimizer; `averaging`; `products` of matrices; `choice` of one kernel among several.

A kernel may call other functions, by names of its module; use numbers, flat arrays and NamedTuples of them; and compute
with the functions of `looplab.lanes`. With LOOPLAB_DEBUG_KERNELS=1 all of it runs as Python, so that one can step
through it.
"""
