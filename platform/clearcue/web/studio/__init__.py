"""The studio: the pages in which a producer makes, hears, reads and licenses a track."""
