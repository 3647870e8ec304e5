"""Postgres: tables, pools, named SQL, and the numbers that are kept beside the reviews."""
