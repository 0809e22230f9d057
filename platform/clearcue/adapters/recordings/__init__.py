"""Recordings: read from outside in a bounded process, and those made here, as landmarks."""
