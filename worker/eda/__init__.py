"""The exploratory analysis of a release: its numbers, what they say, and the report page."""
