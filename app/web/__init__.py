"""HTTP comes in here; a few lines each, the stories are in app/flow."""
