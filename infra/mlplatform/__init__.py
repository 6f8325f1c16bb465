"""MLflow on Kubernetes: settings, names and components of one stack."""
