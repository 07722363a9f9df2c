"""What stands beside our gateway in the same run; each a server or a script of its own."""
