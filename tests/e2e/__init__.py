"""Whole programs: the console script in real processes, and the command line in this one."""
