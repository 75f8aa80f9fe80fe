"""What every HTTP process mounts: problem documents, health, request ids."""
