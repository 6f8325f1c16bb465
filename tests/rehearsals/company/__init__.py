"""The cluster of a company, as whoever runs it has set it up, and its registry."""
