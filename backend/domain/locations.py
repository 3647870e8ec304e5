"""Where deliveries are: `s3://bucket/prefix` or `file:///folder`, and which of them may be read from the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from backend.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Location:
    """`path` is the key or prefix in a bucket, or a file's absolute path; `bucket` is empty for files."""

    scheme: Literal["s3", "file"]
    bucket: str
    path: str

    @property
    def url(self) -> str:
        if self.scheme == "file":
            return Path(self.path).as_uri() + ("/" if self.path.endswith("/") and self.path != "/" else "")
        return f"s3://{self.bucket}/{self.path}"


def parse(url: str) -> Location:
    """Read an address; raise `Invalid` with the forms that are taken."""
    forms = "Write s3://bucket/prefix or file:///folder."
    if "\x00" in unquote(url):
        raise Invalid(f"The source holds a NUL character. {forms}")
    try:
        parts = urlsplit(url.strip(), allow_fragments=False)
    except ValueError as error:
        raise Invalid(f"{url!r} is no address. {forms}") from error
    if parts.scheme == "s3" and parts.netloc:
        key = url.strip()[len("s3://") + len(parts.netloc) :].lstrip("/")
        return Location("s3", parts.netloc, key)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return Location("file", "", unquote(parts.path))
    raise Invalid(f"{url!r} is neither a bucket nor a folder. {forms}")


def within(path: Path, roots: Sequence[Path]) -> bool:
    """Whether a path, with every link and `..` followed, lies in one of the roots."""
    real = path.resolve()
    return any(real.is_relative_to(root.resolve()) for root in roots)


def permit(location: Location, buckets: Sequence[str], roots: Sequence[Path]) -> None:
    """Raise `Invalid`, with what an operator can set, unless console and jobs may read this location."""
    if location.scheme == "s3":
        if location.bucket not in buckets:
            known = f"Known are: {', '.join(buckets)}." if buckets else "None is set."
            raise Invalid(f"The bucket {location.bucket} is not one to import from. {known} (ATELIER_IMPORT_BUCKETS)")
    elif not within(Path(location.path), roots):
        known = f"Roots are: {', '.join(map(str, roots))}." if roots else "None is set."
        raise Invalid(f"{location.path} is not below a folder to import from. {known} (ATELIER_IMPORT_ROOTS)")
