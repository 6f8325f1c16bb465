"""A place to run: a cluster that answers, with a default StorageClass and an ingress controller."""
