"""Quizzes and checklists: their parts, how they are read from a lesson, and how an answer is judged."""
