"""The users that Locust runs: importing them patches the process's sockets, so only Locust does."""
