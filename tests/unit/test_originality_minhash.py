"""MinHash: the kernel agrees with datasketch bit for bit; bands meet as often as they should."""

import random

import numpy as np

from clearcue.originality import minhash


def _signature(hashes: list[int], ranges: list[int]) -> np.ndarray[tuple[int, ...], np.dtype]:
    return minhash.signatures(
        np.array(hashes, dtype=np.uint32), np.array([ranges], dtype=np.int64)
    )[0]


def test_kernel_equals_datasketch() -> None:
    """For sets of many sizes, repeated members included, every value is datasketch's."""
    source = random.Random(11)
    for size in (1, 2, 12, 36, 300):
        members = [source.randbytes(source.randint(1, 20)) for _ in range(size)]
        hashes = [minhash.shingle_hash(member) for member in members + members[:3]]
        found = _signature(hashes, [0, len(hashes)])
        assert found.dtype == np.uint32
        assert found.tolist() == minhash.reference_signature(members).tolist()


def test_ranges_make_one_set_of_several_streams() -> None:
    """A window's ranges are taken together, and what lies between them is left out."""
    members = [b"a", b"b", b"c", b"d", b"e", b"f"]
    hashes = [minhash.shingle_hash(member) for member in members]
    found = _signature(hashes, [0, 2, 3, 4, 5, 6])
    assert found.tolist() == minhash.reference_signature([b"a", b"b", b"d", b"f"]).tolist()


def test_window_without_a_shingle_has_the_largest_values() -> None:
    """An empty set is datasketch's empty sketch."""
    assert _signature([1], [0, 0]).tolist() == minhash.reference_signature([]).tolist()


def test_bands_meet_as_often_as_the_curve_says() -> None:
    """At Jaccard one half nearly all pairs share a band, at one twentieth few do."""
    source = random.Random(12)
    met = {}
    for shared, alone in ((20, 10), (2, 19)):
        pairs = 200
        hashes = np.array([source.getrandbits(32) for _ in range(pairs * 60)], dtype=np.uint32)
        ranges = [
            [base, base + shared, base + shared + side * alone, base + shared + (side + 1) * alone]
            for base in range(0, pairs * 60, 60)
            for side in (0, 1)
        ]
        keys = minhash.band_keys(hashes, np.array(ranges, dtype=np.int64))
        assert keys.shape == (minhash.BANDS, 2 * pairs)
        met[shared] = float((keys[:, ::2] == keys[:, 1::2]).any(axis=0).mean())
    assert met[20] > 0.98
    assert met[2] < 0.05
