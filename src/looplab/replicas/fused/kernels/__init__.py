"""What is compiled: the training loop and all that it calls, and the vectors they compute with. All of it needs numba.

From the top: `training`; `passes` through a network and `blocks` of rows; `linear`, `narrow` and `shallow` layers,
`activations`, `dropout`, `losses`, `optimizers`; `products` and elementary `functions`; `lanes` and `instructions`.
"""
