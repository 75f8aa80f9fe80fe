"""Releases: what they are made of, how they are published, loaded and watched."""
