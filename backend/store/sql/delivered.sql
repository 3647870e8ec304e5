-- The files that wrote a review, for whoever wants to see its lines.

-- name: file
-- With the mark by which it is known.
select id, name, url, etag, bytes from import_file where id = %(file_id)s
