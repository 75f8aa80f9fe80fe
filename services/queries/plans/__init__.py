"""One module per question: what a release's tables say, as a table of answers."""
