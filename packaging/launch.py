"""Entry point of the frozen program."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["--media-worker"]:
        from syncline.media._worker import serve

        serve()
    if sys.argv[1:2] == ["--match-worker"]:
        from syncline.solvers.match import _apart

        _apart.serve()
        sys.exit()
    if sys.argv[1:2] == ["--loop-compiler"]:
        from syncline import _loops

        _loops.serve()
    from syncline_workbench.__main__ import main

    sys.exit(main())
