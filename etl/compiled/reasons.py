"""What a value comes to that is not written: left to the rules, or refused for a reason that is certain.

Both are numbers below zero, so that they stand where else the place behind the written value stands.
"""

LEFT = -1
MISSING, INTEGER, RANGE, ID_RANGE, DATE, DATE_RANGE, BOOLEAN, URL, FIELDS, STRUCT = range(-2, -12, -1)

# By their names in `etl.steps.STEPS`.
REASONS = {
    MISSING: "missing",
    INTEGER: "integer",
    RANGE: "range",
    ID_RANGE: "id_range",
    DATE: "date",
    DATE_RANGE: "date_range",
    BOOLEAN: "boolean",
    URL: "url",
    FIELDS: "fields",
    STRUCT: "struct",
}
