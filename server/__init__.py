"""The web process: it stores and relays what it cannot read."""
