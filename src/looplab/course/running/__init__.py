"""Running a lesson's code: a fresh kernel for each lesson; outputs are kept until the code or a library changes."""
