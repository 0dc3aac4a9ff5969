"""What makes the console's pages live: rows are the truth, sockets only say that they have changed."""
