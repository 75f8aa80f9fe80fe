"""The HTTP processes; they never import each other."""
