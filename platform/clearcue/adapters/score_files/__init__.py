"""Score files: reading what comes from outside, and writing MIDI and MusicXML.

Whatever is not ours is parsed in a bounded process of its own (`reading`); what comes back is a
`clearcue.music.work.ParsedWork` in a compact form without code in it (`packed`).
"""
