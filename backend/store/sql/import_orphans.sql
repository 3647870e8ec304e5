-- Records that were refused and are tried again by later runs: orphans whose parents have come, rejects that were repaired.
-- {names} in braces are the run's staging tables.

-- name: find_photos
-- Orphans of runs that ended well whose review is there now; also those that this run had taken when it was broken off.
create temp table taken on commit drop as
select orphan.* from import_orphan as orphan
join import_file as origin on origin.id = orphan.file_id
join import_run as owner on owner.id = origin.run_id
where orphan.format = 'photos' and (orphan.resolved_run is null or orphan.resolved_run = %(run_id)s)
    and owner.state in ('finished', 'failed') and owner.id <> %(run_id)s
    and (
        exists (select from {reviews} as staged where staged.id = orphan.review_id and staged.reasons is null)
        or exists (select from review where review.id = orphan.review_id)
    )

-- name: find_ratings
create temp table taken on commit drop as
select orphan.* from import_orphan as orphan
join import_file as origin on origin.id = orphan.file_id
join import_run as owner on owner.id = origin.run_id
where orphan.format = 'characteristic_ratings' and (orphan.resolved_run is null or orphan.resolved_run = %(run_id)s)
    and owner.state in ('finished', 'failed') and owner.id <> %(run_id)s
    and (
        exists (select from {reviews} as staged where staged.id = orphan.review_id and staged.reasons is null)
        or exists (select from review where review.id = orphan.review_id)
    )
    and (
        exists (select from {characteristics} as staged where staged.id = orphan.characteristic_id and staged.reasons is null)
        or exists (select from characteristic where characteristic.id = orphan.characteristic_id)
    )

-- name: leave_staged
-- A delivery that brings the photo or rating itself comes first; what an earlier try has staged is there.
delete from taken
where exists (select from {staged} as staged where staged.id = taken.id)
    or exists (
        select from {refused} as refused join import_file as file on file.id = refused.file_id
        where file.format = taken.format and refused.id = taken.id
    )

-- name: add_files
-- A file's row for each file whose orphans are taken up. A run that reads again keeps those it had, with what they merged.
insert into import_file (run_id, name, url, etag, format, bytes, understood, again_of)
select %(run_id)s, split_part(origin.name, ', orphans of run', 1) || ', orphans of run ' || origin.run_id,
    origin.url, origin.etag, origin.format, origin.bytes, origin.understood || '{{"orphans": true}}', origin.id
from import_file as origin
where origin.id in (select file_id from taken) and not exists (
    select from import_file as own
    where own.run_id = %(run_id)s and own.again_of = origin.id and own.understood ? 'orphans'
)
order by origin.id

-- name: stage_photos
insert into {photos} (file_id, source_offset, source_line, source_length, id, review_id, url)
select own.id, byte_offset, line, byte_length, taken.id, taken.review_id, taken.url
from taken
join import_file as own on own.run_id = %(run_id)s and own.again_of = taken.file_id and own.understood ? 'orphans'

-- name: stage_ratings
insert into {ratings} (file_id, source_offset, source_line, source_length, id, characteristic_id, review_id, value)
select own.id, byte_offset, line, byte_length, taken.id, taken.characteristic_id, taken.review_id, taken.value
from taken
join import_file as own on own.run_id = %(run_id)s and own.again_of = taken.file_id and own.understood ? 'orphans'

-- name: has_files
select exists (
    select from import_file where run_id = %(run_id)s and format = %(format)s and understood ? 'orphans'
)

-- name: count_staged
update import_file as own set state = 'read', bytes_read = own.bytes, records = counted.records, record_bytes = counted.bytes
from (
    select file.id, count(staged.id) as records, coalesce(sum(staged.source_length), 0) as bytes
    from import_file as file left join {staged} as staged on staged.file_id = file.id
    where file.run_id = %(run_id)s and file.format = %(format)s and file.understood ? 'orphans'
    group by file.id
) as counted
where own.id = counted.id

-- name: drop_taken
drop table taken

-- name: settle_waiting
-- Orphans that are in now, by this delivery or as they waited: they wait no longer, and their rejects say which run took them.
with settled as (
    update {waiting} as orphan set resolved_run = %(run_id)s
    from {staged} as staged
    where orphan.format = %(format)s and orphan.id = staged.id and orphan.resolved_run is null and staged.reasons is null
    returning orphan.file_id, orphan.byte_offset
),
marked as (
    update import_reject as reject set resolved_run = %(run_id)s
    from settled
    where reject.file_id = settled.file_id and reject.byte_offset = settled.byte_offset and reject.resolved_run is null
    returning reject.signatures
),
counted as (
    select id, count(*) as records from marked cross join unnest(signatures) as id group by id
)
update import_signature as signature set resolved = resolved + counted.records from counted where signature.id = counted.id

-- name: settle_repaired
-- Rejects of an earlier file that came through under a file of this run.
with marked as (
    update import_reject as reject set resolved_run = %(run_id)s
    from {staged} as staged join import_file as own on own.id = staged.file_id
    where own.run_id = %(run_id)s and own.again_of is not null and staged.reasons is null
        and reject.file_id = own.again_of and reject.byte_offset = staged.source_offset and reject.resolved_run is null
    returning reject.signatures
),
counted as (
    select id, count(*) as records from marked cross join unnest(signatures) as id group by id
)
update import_signature as signature set resolved = resolved + counted.records from counted where signature.id = counted.id

-- name: has_orphans
select exists (
    select from import_signature as signature join import_file as file on file.id = signature.file_id
    where file.run_id = %(run_id)s and signature.reason = 'orphan'
)

-- name: keep
-- What waits from now on. Of several deliveries of one photo or rating the last counts that says something else: what is
-- only said again goes on waiting as it does, so that rolling back the one who repeated it takes nothing away.
with left_out as (
    select format, id, review_id, characteristic_id, value, url, file_id, byte_offset, byte_length, line from {waiting}
    union all
    select 'photos', id, review_id, null, null, url, file_id, source_offset, source_length, source_line
    from {photos} where 'orphan' = any (reasons)
    union all
    select 'characteristic_ratings', id, review_id, characteristic_id, value, null, file_id, source_offset, source_length, source_line
    from {ratings} where 'orphan' = any (reasons)
)
insert into import_orphan as kept (format, id, review_id, characteristic_id, value, url, file_id, byte_offset, byte_length, line)
select * from left_out
where not exists (
    select from import_orphan as same
    where same.format = left_out.format and same.id = left_out.id and same.review_id = left_out.review_id
        and (same.characteristic_id, same.value, same.url) is not distinct from (left_out.characteristic_id, left_out.value, left_out.url)
        and same.resolved_run is null
)
on conflict (format, id) do update set review_id = excluded.review_id, characteristic_id = excluded.characteristic_id,
    value = excluded.value, url = excluded.url, file_id = excluded.file_id, byte_offset = excluded.byte_offset,
    byte_length = excluded.byte_length, line = excluded.line, resolved_run = null

-- name: forget_own
-- Orphans of a run that is rolled back come no more with later ones.
with shelved as (
    delete from catalogue_orphan using import_file as file where file.id = catalogue_orphan.file_id and file.run_id = %(run_id)s
)
delete from import_orphan using import_file as file where file.id = import_orphan.file_id and file.run_id = %(run_id)s

-- name: reopen
-- What a run took that is rolled back waits again, and its rejects are open again.
with reviewed as (
    update import_orphan set resolved_run = null where resolved_run = %(run_id)s returning file_id, byte_offset
),
shelved as (
    update catalogue_orphan set resolved_run = null where resolved_run = %(run_id)s returning file_id, byte_offset
),
waiting as (
    select * from reviewed union all select * from shelved
),
open as (
    update import_reject as reject set resolved_run = null
    where resolved_run = %(run_id)s and (
        file_id in (select again_of from import_file where run_id = %(run_id)s and again_of is not null)
        or (file_id, byte_offset) in (select file_id, byte_offset from waiting)
    )
    returning signatures
),
counted as (
    select id, count(*) as records from open cross join unnest(signatures) as id group by id
)
update import_signature as signature set resolved = resolved - counted.records from counted where signature.id = counted.id
