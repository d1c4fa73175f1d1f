"""The watch as a callback of other frameworks, a module each; none is loaded before it is asked for."""
