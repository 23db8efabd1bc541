"""Entry point of the frozen program."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from syncline_workbench.__main__ import main

    sys.exit(main())
