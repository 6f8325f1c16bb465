"""What `make` calls: the rooms in their order, and what a person reads at the end."""
