"""What operators wrote about agents as one file, out of one installation and into another."""
