"""What a bulk change of a million reviews costs, beside one plain UPDATE of the same rows."""
