"""The sound of a score: instruments computed in code, mixed from stems, mastered.

What others use:

- `clearcue.sound.render`: `render(score, seed, progress=None) -> Rendering` (48 kHz, 24-bit samples
  in int32: mix, premaster, stems; loudness and true peak), and `pcm_bytes(samples)`, the bytes of a
  WAV's data chunk.
- `clearcue.sound.export`: `write_audio(path, samples, tags)` for `.wav`, `.flac` and `.mp3`, and
  `encode(samples, suffix, tags)`, the same as bytes.
- `clearcue.sound.manifest`: `bank_manifest()`, the bank's name, version, licence and digest.
- `clearcue.data.instruments`: `instruments()`, the table that the composer reads, too.

Inside: `performance` plays the notes, `bank` makes the tones, `stage` adds them up, `mix` and
`reverb` make the stems, `master` and `meter` finish them, `guards` refuse what is defective. Import
it only where sound is made: it brings numba.
"""
