-- name: store
insert into load_test (
    began_at, ended_at, asked_by, host, version, shape, options, partial, held,
    requests, errors, rate, p50, p95, p99, ceiling, names, course, thresholds, faults
) values (
    %(began_at)s, %(ended_at)s, %(asked_by)s, %(host)s, %(version)s, %(shape)s, %(options)s, %(partial)s, %(held)s,
    %(requests)s, %(errors)s, %(rate)s, %(p50)s, %(p95)s, %(p99)s, %(ceiling)s, %(names)s, %(course)s, %(thresholds)s, %(faults)s
)
returning id

-- name: page
-- By the primary key, newest first. The course comes with it, as a list draws it; what is said of each request does not.
select id, began_at, ended_at, asked_by, host, version, shape, options, partial, held, requests, errors, rate,
    p50, p95, p99, ceiling, course, thresholds
from load_test
where %(before)s::int is null or id < %(before)s
order by id desc
limit %(size)s

-- name: one
select * from load_test where id = %(id)s
