"""Understands customers and says only what is true, with or without a model."""
