"""A server of one version of a registered model, with MLflow's scoring protocol.

It is part of MLflow's image: it needs the same packages, and a stack that serves nothing then has
no further image to build, to keep and to pull. One process holds one version for its whole life;
which one is decided by `mlplatform_server.promoter`, outside of it.
"""
