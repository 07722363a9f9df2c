"""The processes behind the gateway: they answer, send, register and watch. `python -m workers`."""
