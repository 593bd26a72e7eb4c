"""`python -m server` is the same as `sluss`."""

from server.cli import main

main()
