"""The stories, a file each. Read them in the order of a message: accept, answer, send, register, watch."""
