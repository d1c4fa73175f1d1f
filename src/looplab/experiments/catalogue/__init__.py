"""One module an experiment, named by its id, with underscores for hyphens."""
