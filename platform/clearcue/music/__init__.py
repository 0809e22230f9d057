"""Musical values: pitch, time, scores, lineage and parsed works.

Values only: frozen, compared by content, without any reading or writing.
"""
