"""Where a table comes from: a file of one of several formats, or something in memory. Nothing is imported here."""
