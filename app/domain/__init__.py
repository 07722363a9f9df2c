"""The head of the house: pure values and decisions. No I/O, no clock, no settings; `now` is an argument."""
