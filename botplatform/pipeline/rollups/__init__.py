"""Sums of what has happened, by minute and by hour, so that charts stay quick however many rows there are."""
