"""The record format and its verifier."""
