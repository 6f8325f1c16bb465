"""The images that a stack runs: what is in them, what they are called, and how they are built."""
