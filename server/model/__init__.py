"""Rules and states as values: no input, no output, no clock."""
