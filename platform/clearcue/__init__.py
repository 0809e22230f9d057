"""Clearcue: music made to a brief, with a signed record and the evidence for every right."""

__version__ = "0.1.0"
