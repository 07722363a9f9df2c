"""The house's memory: Redis, through scripts that each do one whole thing."""
