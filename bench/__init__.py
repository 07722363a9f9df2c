"""Every promise of the design measured on this machine: `python -m bench [name …]`, results in RESULTS.md."""
