"""Keeps each served model at the version that its alias points to, if that version can serve.

It writes which version that is into the model's Deployment; Kubernetes does the rest, and the pods
of the version before answer until the new ones can.
"""
