"""Plans and their steps: lists, pages, and what is said of them elsewhere."""
