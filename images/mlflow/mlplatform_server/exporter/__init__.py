"""Tells what no part of a stack knows of itself: backups, certificates, expiry, pods."""
