"""``python -m syncline.cli``: the command line without the workbench."""

import sys

from . import main

sys.exit(main())
