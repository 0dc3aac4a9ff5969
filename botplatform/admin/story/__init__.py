"""The story of one update as a page: what came in, what became of it and why, and what an operator can do about it."""
