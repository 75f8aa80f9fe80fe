"""Answers what a movie is like, from one immutable index."""
