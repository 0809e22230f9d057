"""The composer: (model of a ClearedCorpus, Brief, seed) -> Score with its lineage.

`model.learn` makes the model, `compose.compose` a candidate. Only integers and exact fractions
decide anything here, so the same inputs give the same score on every machine.
"""

ENGINE_VERSION = "2"
"""Changes whenever the same brief, seed and training set would give another score."""
