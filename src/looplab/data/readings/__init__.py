"""What a column's values mean: one file per kind, and how the kind is chosen. Nothing is imported here."""
