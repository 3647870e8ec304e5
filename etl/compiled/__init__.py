"""The fast way through a file: one pass over its bytes that cuts records, checks their values and writes their rows.

It is machine code made by numba, and writes COPY's binary form. A value that it is not certain about is left to the
rules in `etl.rules`, a record whose end it is not certain about to `etl.records`: so both live once, and here stands only
what is certain. Tests hold the two passes to the same result.

Read on in `rows` (the pass), `scan` (records), `texts`, `values`, `moments`, `reasons`, `plan` (what the pass is told of
a file), `ahead` (one file, and its odd rows), `ready` (when the machine code is there). Only `ready` is imported from
without.
"""
