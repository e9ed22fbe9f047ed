"""`python -m threadtrace`."""

from threadtrace.cli import main

main()
