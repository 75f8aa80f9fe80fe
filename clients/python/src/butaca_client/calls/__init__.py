"""What can be asked, one module per family of routes."""
