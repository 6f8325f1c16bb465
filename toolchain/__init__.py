"""Programs a machine lacks, and the small helpers that every later room shares."""
