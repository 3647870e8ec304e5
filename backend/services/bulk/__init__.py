"""Changing many reviews: a receipt freezes which, says what and why, and then it runs, and can be taken back."""
