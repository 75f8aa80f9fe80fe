"""Input files to the clean catalogue: `sources` finds them, `catalogue` is the way in."""
