"""What the console costs whoever works with it."""
