"""A conversation's page: what the person saw, who holds it, and what an operator may do about it."""
