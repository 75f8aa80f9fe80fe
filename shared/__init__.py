"""What the processes agree on; imports none of them."""
