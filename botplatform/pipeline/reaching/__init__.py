"""What a run's tools reach the world through."""
