"""One box that finds a message by whatever somebody knows of it."""
