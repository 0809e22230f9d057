"""Packs: works that come beside the package's own, from a folder, an archive or an address.

`installing` takes a pack in, `source` reads where it comes from, `shelf` is what was taken in, and
`patterns` parses drum takes and progressions.
"""
