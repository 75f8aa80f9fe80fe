"""Vectors to an index, the neighbours of every movie, and the gate before publishing."""
