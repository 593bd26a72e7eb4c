"""Schema, step by step; the newest is what `tables.py` says."""
