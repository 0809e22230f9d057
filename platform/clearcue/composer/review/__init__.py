"""The critic: judges a finished score as a reader would who knows nothing of how it was made.

It sees the `Score` and what was asked for (`Asked`), and imports nothing of the composer, so what
it likes cannot be built into the drawing, only found by drawing often. All measures are integers:
shares in thousandths, entropies in millibits, so that the same score is judged alike everywhere.

- `judgement`: `review(score, asked) -> Review`, the measures put together
- `reading`: the score sorted into bars and lines
- `numbers`: entropy and rank correlation in integers
- `tune`, `structure`: what is measured in melodies that people remember
- `tension`: the harmony's distance from home, and the intensity against the plan
- `clash`, `playing`: dissonance between parts, and whether hands and lungs can do it
- `mood`, `ending`: the point on the plane, the last bar and the moments that must be met
"""
