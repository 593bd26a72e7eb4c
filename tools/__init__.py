"""What builds and checks the tree; never shipped."""
