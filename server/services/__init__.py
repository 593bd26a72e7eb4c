"""One thing a person does: one function, one transaction, plain synchronous Python."""
