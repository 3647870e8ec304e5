"""What to do about each alert: its likely cause, and its mend. docs/operations.md says the same in the same words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`title` is the alert as a heading; `cause` and `mend` are sentences."""

    title: str
    cause: str
    mend: str


RUNBOOK = {
    "errors": Entry(
        "More than 1 % of requests fail",
        "503 is the database or a pool without a free connection; 500 is a fault of ours.",
        "Find the route in the table below the figures, then its lines in the log by request id. Where it began with a "
        "deploy, go back to the code before.",
    ),
    "silent": Entry(
        "An instance is gone",
        "Its process was killed, hangs, or cannot reach the database. Nginx asks the others meanwhile.",
        "Look at the end of its log and restart it. One that is not meant to come back is forgotten after an hour.",
    ),
    "p99": Entry(
        "One request in a hundred takes over 250 ms",
        "A bulk change or an import that does not yield, a missing plan after a load, or too little CPU.",
        "Pause the job, run `analyze review`, or add an instance.",
    ),
    "schema": Entry(
        "An instance runs code of another schema",
        "A deploy that stopped half way: the database was migrated, and an instance still has the code before.",
        "Finish the deploy: restart that instance with the new code.",
    ),
    "away": Entry(
        "A replica does not answer",
        "It is down, hangs, or is the primary by now. Readers do not notice: the others and the primary answer.",
        "Look at its log and start it. One that is to be no replica any more is taken out of ATELIER_REPLICA_URLS.",
    ),
    "lag": Entry(
        "A replica is behind",
        "A slow disk there, a query that holds up replay, or a load that writes faster than it can follow. "
        "Readers do not notice: the others and the primary answer.",
        "Where the lag falls, wait. Else look at `pg_stat_activity` and the log of the replica; one that misses log is "
        "copied anew.",
    ),
    "stalled": Entry(
        "Jobs are stalled",
        "No worker runs, or all are busy with something long.",
        "Look at the workers among the instances and at the end of their logs. Restart one, or start another.",
    ),
    "connections": Entry(
        "Connections run short",
        "More instances than `max_connections` has room for, or statements that do not end.",
        "`select state, count(*) from pg_stat_activity group by 1`. Then raise `max_connections`, or lower "
        "ATELIER_POOL_SIZE.",
    ),
    "storage": Entry(
        "Storage does not answer",
        "The bucket or folder of imports is away, or its credentials have ended. Imports wait; storefronts go on.",
        "Try the same address from the worker's machine. Runs go on by themselves once it answers.",
    ),
    "disk": Entry(
        "A disk fills up",
        "Below an instance's home: logs, what an import spills, or the local system's data.",
        "Make room before it is full: an import stops at a full disk. Postgres' own disk, where it is another one, is "
        "not seen from here.",
    ),
}
