"""The fast way through a file: one pass over its bytes that cuts records, checks their values and writes their rows.

It is machine code made by numba, and writes COPY's binary form. A value that it is not certain about is left to the
rules in `etl.rules`, a record whose end it is not certain about to `etl.records`: so both live once, and here stands
only what is certain. Tests hold the two passes to the same result.

The pass: `rows`, with `scan` (records), `texts`, `values`, `moments`, `reasons`, `plan` (what it is told of a file) and
`ahead` (one file, and its odd rows). What is done with rows: `walk` (reading them), `measure` and `measuring` (what
columns hold), `parts` (photos and ratings), `ids`; `finish`, `catalogue` and `loading` (an empty system); `compare`,
`postgres_hash` and `comparing` (a filled one). When it is all there: `ready`, which alone is imported from without.
"""
