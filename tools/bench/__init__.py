"""Benchmarks: the speeds that the system promises, each measured beside its floor and its peer."""
