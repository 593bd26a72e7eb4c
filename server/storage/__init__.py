"""The only SQL, and the keystore: plain synchronous Python."""
