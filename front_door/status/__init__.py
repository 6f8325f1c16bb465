"""`make status`: how a stack does. It runs on the project's packages, not on any Python."""
