"""What an operator sees from outside: logs, health, numbers. The API and the console share it.

`requests.Watch` goes around a whole application; `routes` are the addresses of the inner port; `logs.configure` comes
first. Nothing is imported here: a command that only logs starts without the web framework.
"""
