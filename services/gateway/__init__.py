"""The one public HTTP process: validates, caches, passes on; holds no data."""
