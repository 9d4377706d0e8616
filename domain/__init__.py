"""Facts, rules and refusals of tokenised securities: pure Python, no clock, no I/O, no floats."""
