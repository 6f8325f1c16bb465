"""The ways in which most people run this, run for real on a machine that may have none of them.

Only for this repository's own checks: nothing else needs what is here, and pytest does not look.
"""
