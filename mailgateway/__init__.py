"""The mail process: letters come in as LMTP and leave sealed."""
