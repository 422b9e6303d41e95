"""The exporter, killed and failed at every call that touches its disk: `python -m tests.crash`, or `make test-crash`.

    shop      the three simulated APIs behind a log of who asked for what, and whether it was sent whole
    disk      disk.c preloaded into the command: counts its calls, kills, cuts the power, or reports errors
    home      a project folder: the real command in a process group of its own, its tables, its journal
    judge     what must hold after a blow, and after the run that follows it
    rounds    one blow or a chain of them, then an undisturbed run, judged
    points    which calls there are to strike at, and an even choice among them

Black box: of the exporter only its command line, its output folder and the pages its journal says are durable.
"""
