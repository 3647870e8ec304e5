"""The bench of the console: how long its pages take in a browser, over the API bench's data."""
