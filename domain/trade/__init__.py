"""A lot changes hands: pre-trade check, execution, settlement or refund (FX5, E5)."""
