"""The groups of `atelier` commands, one module each; backend/cli.py names them all."""
