"""The EVM chain: node, artifacts, planned calls, gateway, platform and read helpers."""
