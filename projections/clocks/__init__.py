"""Running, stopped and breached clocks of the service levels (FX9)."""
