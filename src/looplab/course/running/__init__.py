"""Running a lesson's code: a fresh kernel for each lesson, and its outputs kept until the code or a library changes."""
