"""The corpus that comes with the music21 package: found, verified, parsed once and cached.

`loading.load_cleared_corpus` is the way in; it imports music21 only where something is left to
parse, and then in processes of its own.
"""
