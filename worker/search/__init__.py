"""The lexical index of a release."""
