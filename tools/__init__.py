"""Entry point, story, auditor's verifier, simulators and builders."""
