"""The fast way through a file: one pass over its bytes that takes the rows in which nothing is wrong.

It cuts a record, checks its values and writes it in COPY's binary form, as machine code made by numba. Whatever it is
not certain to take exactly as the plain pass would, it leaves to the plain pass: a row with a repair or a reason to
refuse it, a fault, a blank line. So the rules live once, in `etl.rules` and `etl.records`; here stands only what a
spotless row looks like, and tests hold that against them.

Read on in `rows` (the pass), `scan` (records), `texts`, `numbers`, `moments` (values), `plan` (what the pass is told of
a file), `ready` (when the machine code is there). Only `ready` is imported from without.
"""
