"""Is a neural network worth it on the user's own table?

`looplab.compare` answers (`comparison.compare`), `looplab.predict` uses what it saved (`comparison.saved`). Nothing is
imported here, so that the command line starts quickly.
"""
