"""A Linux machine without a container engine, made the node of its own Minikube.

Whoever has Docker and Minikube never comes here.
"""
