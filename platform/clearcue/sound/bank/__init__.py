"""The computed bank: every instrument's tones as functions of pitch, velocity, time and chance.

A tone takes the MIDI pitch, the velocity from 0 to 1, seconds and a random generator, and returns
mono `(n,)` or stereo `(n, 2)` frames at 48 kHz. For an instrument whose tone dies away by itself
the seconds are how much of the ringing is wanted (the player damps it afterwards); for a sustained
one they are how long the note is held, and the tone brings its own release. No recordings are used.
"""
