"""Persons and institutions: their gates, wallets and standing (FX8)."""
