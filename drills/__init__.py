"""What a stack survives: each drill disturbs one of its own and tells what came of it."""
