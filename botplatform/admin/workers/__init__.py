"""Workers and queues: who is alive, what each does, what waits, what is paused."""
