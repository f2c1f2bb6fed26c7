"""Benchmarks: federations of ours beside the same work in other frameworks, watched from outside in the same way.

Names are imported from the modules: worker processes import `ours` again, and what a package loads they load too.
"""
