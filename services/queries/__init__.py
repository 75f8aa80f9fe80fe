"""Answers catalogue questions from one immutable snapshot."""
