"""What an owner reads: figures and reports from the journal alone. Pure."""
