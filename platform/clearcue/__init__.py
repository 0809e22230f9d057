"""Clearcue: commercial music made to a brief, with signed evidence for every right."""

__version__ = "0.1.0"
