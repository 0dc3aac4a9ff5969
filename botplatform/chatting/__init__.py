"""What the web chat and the terminal chat share: who talks, what was said, how it is shown."""
