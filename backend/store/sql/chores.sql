-- What the worker does now and then.

-- name: maintain_review_before
select made, dropped from maintain_review_before()

-- name: end_sessions
delete from session where expires_at < now()

-- name: forget_throttles
delete from login_throttle where last_at < now() - interval '1 day'

-- name: forget_catalogue
delete from catalogue_before where at < now() - interval '30 days'

-- name: has_job
-- Whether a job for this run waits or is worked on.
select 1 from procrastinate_jobs
where task_name in ('import', 'rollback') and status in ('todo', 'doing') and (args ->> 'run_id')::int = %(run_id)s
limit 1

-- name: has_index_job
select 1 from procrastinate_jobs where task_name = 'index_words' and status in ('todo', 'doing') limit 1

-- name: forget_submissions
delete from submission where at <= now() - interval '24 hours'

-- name: forget_answers
delete from idempotency_key where at <= now() - interval '24 hours'

-- name: forget_rates
delete from write_rate where minute < now() - interval '1 hour'
