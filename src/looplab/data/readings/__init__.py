"""What a column's values mean: one file a kind, and how the kind is chosen. Nothing is imported here."""
