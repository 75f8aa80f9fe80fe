"""The `butaca` command: starts everything on one machine and drives the ops API."""
