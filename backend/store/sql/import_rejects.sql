-- What runs could not take: by signature, a page at a time, tried again. {names} in braces are a run's staging tables.

-- name: signatures
-- The run's kinds of rejects, the most frequent first; `example` is the bytes of one.
select signature.id, signature.file_id, signature.reason, signature.column_name, signature.shape, signature.records,
    signature.resolved, signature.example_offset, file.name as file_name, file.format, file.understood, example.raw as example
from import_signature as signature
join import_file as file on file.id = signature.file_id
left join lateral (
    select raw from import_reject as reject
    where reject.file_id = signature.file_id and reject.byte_offset = signature.example_offset
    limit 1
) as example on true
where file.run_id = %(run_id)s
order by signature.records desc, signature.id
limit %(count)s

-- name: kinds_of_both
-- The kinds of two runs by what they are about, not by file: of deliveries, names change.
select file.format, signature.reason, signature.column_name, signature.shape,
    coalesce(sum(signature.records) filter (where file.run_id = %(run_id)s), 0)::bigint as one,
    coalesce(sum(signature.records) filter (where file.run_id = %(other_id)s), 0)::bigint as other
from import_signature as signature
join import_file as file on file.id = signature.file_id
where file.run_id in (%(run_id)s, %(other_id)s)
group by file.format, signature.reason, signature.column_name, signature.shape
order by abs(coalesce(sum(signature.records) filter (where file.run_id = %(run_id)s), 0)
        - coalesce(sum(signature.records) filter (where file.run_id = %(other_id)s), 0)) desc,
    sum(signature.records) desc, file.format, signature.reason, signature.column_name, signature.shape
limit %(count)s

-- name: one_signature
select signature.id, signature.file_id, signature.reason, signature.column_name, signature.shape, signature.records,
    signature.resolved, signature.example_offset,
    coalesce(cardinality(signature.offsets) = signature.records, false) as placed,
    file.run_id, file.rejected, file.name as file_name, file.format, file.understood, run.options
from import_signature as signature
join import_file as file on file.id = signature.file_id
join import_run as run on run.id = file.run_id
where signature.id = %(signature)s and file.run_id = %(run_id)s

-- name: rejects
-- A page of a run's rejects, in the order of file and offset; `after_*` is the last one seen. What a reject tells in words
-- is looked up for the page alone, here and below.
select reject.*, file.name as file_name
from (
    select reject.id from import_reject as reject
    join import_file as file on file.id = reject.file_id
    where file.run_id = %(run_id)s
        and (
            %(reason)s::text is null or %(reason)s = any (reject.reasons)
            or reject.signatures && array(
                select kind.id from import_signature as kind join import_file as own on own.id = kind.file_id
                where own.run_id = %(run_id)s and kind.reason = %(reason)s
            )
        )
        and (
            %(after_file)s::int is null
            or (reject.file_id, reject.byte_offset, reject.id) > (%(after_file)s, %(after_offset)s, %(after_id)s)
        )
    order by reject.file_id, reject.byte_offset, reject.id
    limit %(count)s
) as page
join import_rejected as reject on reject.id = page.id
join import_file as file on file.id = reject.file_id
order by reject.file_id, reject.byte_offset, reject.id

-- name: rare
-- A page of one signature that few rejects have: it knows where they stand.
select reject.*, file.name as file_name
from import_rejected as reject
join import_file as file on file.id = reject.file_id
where reject.file_id = %(file_id)s and file.run_id = %(run_id)s
    and reject.byte_offset = any ((select offsets from import_signature where id = %(signature)s)::bigint[])
    and (reject.byte_offset, reject.id) > (%(after_offset)s, %(after_id)s)
    and (%(reason)s::text is null or %(reason)s = any (reject.reasons))
    and (not %(waiting)s or reject.resolved_run is null or reject.resolved_run = %(by_run)s::int)
order by reject.byte_offset, reject.id
limit %(count)s

-- name: frequent
-- The same for one that many have, or for all: the file's rejects are walked in their order, and the page is soon full.
select reject.*, file.name as file_name
from (
    select reject.id from import_reject as reject
    where reject.file_id = %(file_id)s
        and reject.byte_offset >= %(after_offset)s
        and (reject.byte_offset, reject.id) > (%(after_offset)s, %(after_id)s)
        and (%(signature)s::int is null or %(signature)s = any (reject.signatures))
        and (
            %(reason)s::text is null or %(reason)s = any (reject.reasons)
            or reject.signatures && array(
                select id from import_signature where file_id = %(file_id)s and reason = %(reason)s
            )
        )
        and (not %(waiting)s or reject.resolved_run is null or reject.resolved_run = %(by_run)s::int)
    order by reject.byte_offset, reject.id
    limit %(count)s
) as page
join import_rejected as reject on reject.id = page.id
join import_file as file on file.id = reject.file_id
where file.run_id = %(run_id)s
order by reject.byte_offset, reject.id

-- name: one_reject
select reject.*, file.run_id, file.name as file_name, file.url, file.etag, file.bytes
from import_rejected as reject
join import_file as file on file.id = reject.file_id
where reject.id = %(reject)s and file.run_id = %(run_id)s

-- name: try_again
-- The one file of a run that tries again what an earlier run could not take: as that run pinned it.
insert into import_file (run_id, name, url, etag, format, understood, again_of, bytes)
select %(run_id)s, file.name, file.url, file.etag, file.format, file.understood - 'orphans', file.id, file.bytes
from import_file as file join import_signature as signature on signature.file_id = file.id
where signature.id = %(signature)s
