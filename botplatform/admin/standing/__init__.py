"""Where a batch stands: what is known of it, and the same in words."""
