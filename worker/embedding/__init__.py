"""Movies to vectors: the text that is embedded, the structured block, what is reused."""
