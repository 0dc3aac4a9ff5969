"""Canaries: a version that answers a share of the conversations, watched beside the published one."""
