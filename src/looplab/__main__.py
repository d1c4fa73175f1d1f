"""`python -m looplab` is the command line."""

from looplab.cli import main

main()
