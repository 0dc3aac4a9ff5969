"""Every tool, who lists it, and whether this installation has what it needs."""
