"""The console, from its forms to its rows: through HTTP, on a real Postgres, without a browser."""
