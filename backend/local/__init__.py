"""The whole system on one machine. Nothing in production imports it."""
