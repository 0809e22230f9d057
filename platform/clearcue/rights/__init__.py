"""What the model may learn from, decided from evidence, work by work.

`manifest` reads what is known about each work, `policy` rules on it, and `corpus` is the only maker
of a `ClearedCorpus`. Unknown is never taken for allowed: a fact that is missing refuses.
"""
