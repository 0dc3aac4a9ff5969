"""Who gets in: signing in, the second step, brakes on guessing, how long it lasts, and what is written down about it."""
