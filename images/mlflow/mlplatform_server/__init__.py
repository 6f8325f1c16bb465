"""What MLflow's server needs here and does not bring: a true artifact proxy, and two Jobs."""
