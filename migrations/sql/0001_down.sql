-- Undo of 0001_procrastinate and 0001_after: the functions first, the tables after them by the revision itself.
drop table procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers cascade;
do $$
declare
    made regprocedure;
begin
    for made in select oid::regprocedure from pg_proc where proname like 'procrastinate\_%' loop
        execute format('drop function %s', made);
    end loop;
end
$$;
drop type procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
drop function maintain_review_before(int, int);
drop schema staging cascade;
drop function refresh_statistics();
drop function count_review(int, int, boolean, int[], int);
drop function search_document(text, text, text);
drop aggregate rollup_sum (int[]);
drop function rollup_negate(int[]);
drop function rollup_add(int[], int[]);
drop function rollup_of(int[]);
alter default privileges in schema public revoke all on tables from atelier_app, atelier_read;
alter default privileges in schema public revoke all on sequences from atelier_app;
revoke all on schema public from atelier_app, atelier_read;
