"""How good the recommendations are: truth sets, metrics, simpler ways to compare with."""
