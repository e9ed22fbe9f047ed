"""`python -m threadtrace`."""

import os
import sys

# In the place of the current folder, where the user may have modules with the names of ours.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from threadtrace.cli import main  # noqa: E402

main()
