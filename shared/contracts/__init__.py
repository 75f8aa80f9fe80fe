"""The structs that cross a process border: msgspec only, no I/O."""
