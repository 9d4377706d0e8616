"""The bytes that outsiders rely on: canonical JSON, hash chain, Merkle tree, checkpoint, evidence.

`FORMATS.md` beside this file is the normative text; these modules are its only definition in code
(the auditor's verifier in `tools/verify.py` is a second one, on purpose, and imports nothing here).
"""
