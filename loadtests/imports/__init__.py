"""`atelier bench etl`: imports beside what the database itself takes for the same rows, in one server, in one run."""
