"""Brokers' pipelines, and sums over partners' tenants."""
