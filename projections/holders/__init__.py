"""The register of holders of each token."""
