"""Spanish: telling a text to be in it, and what its words say in English."""
