"""Many replicas of a model trained at once."""
