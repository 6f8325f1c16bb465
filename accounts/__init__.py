"""Users of a stack's MLflow: people, and machines that act for them."""
