"""Backups: a dump of the database, the objects of the bucket, and a manifest that is written last.

The same code runs on a person's machine and in the cluster, on a schedule.
"""
