"""Rules in plain Python: what a review may become, who may do what, what is said when it is refused."""
