"""The worker: builds releases from the input files and publishes them; serves nobody."""
