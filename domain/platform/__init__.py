"""The ERC-3643 platform that all tokens share: deployed once."""
