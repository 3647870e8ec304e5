"""Every setting, read once from ATELIER_* (or the file that ATELIER_*_FILE names); nothing else reads environ."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.domain.errors import Misconfigured

# What is sent leaves the machine encrypted, or not at all.
_WEBHOOK = re.compile(r"(https://[\w.-]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:\d{1,5})?(/[!-~]*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may set. docs/operations.md has a line on each; a test holds it to that."""

    # Where the local system keeps its state, and the one public port.
    home: Path
    port: int | None = None

    # Where storefronts reach us; the console asks there what they get.
    public_url: str = ""

    # Postgres. owner_url runs the migrations; reader_url is the primary for reads; each replica serves reads too.
    database_url: str
    owner_url: str
    reader_url: str
    replica_urls: tuple[str, ...] = ()
    pool_size: int = 8
    pool_timeout: float = 3.0

    # Sources of imports. The S3 credentials come from the usual AWS_* places.
    s3_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_path_style: bool = True
    import_buckets: tuple[str, ...] = ()
    import_roots: tuple[Path, ...] = ()

    # Who this instance is, and whether it is the local embedded system.
    instance: str = "atelier"
    local: bool = False
    secret: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    photo_hosts: tuple[str, ...] = ()
    log_level: str = "info"

    # The contract's limits.
    count_cap: int = 1000
    report_threshold: int = 1
    hides_per_hour: int = 50
    # What one anonymous caller may write within a minute; 0 is as often as it likes.
    submits_per_minute: int = 0
    votes_per_minute: int = 0

    # Where alerts are sent, and what the sender is known by.
    alert_webhook: str = ""
    alert_secret: str = ""

    # How long a public read may be kept by caches, Nginx's among them; 0: each use is asked about first.
    cache_seconds: int = 0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting; raise `Misconfigured` naming the variable that cannot be read, and the mend."""
        read = _Environment(os.environ if environ is None else environ)
        database_url = read.text("DATABASE_URL")
        webhook, alert_secret = read.webhook("ALERT_WEBHOOK"), read.text("ALERT_SECRET")
        if webhook and not alert_secret:
            raise Misconfigured("ATELIER_ALERT_WEBHOOK is set without ATELIER_ALERT_SECRET, which signs what is sent.")
        return cls(
            home=Path(read.text("HOME", ".atelier")).absolute(),
            port=read.optional_integer("PORT", 1, 65535),
            public_url=read.address("PUBLIC_URL"),
            database_url=database_url,
            owner_url=read.text("OWNER_URL", database_url),
            reader_url=read.text("READER_URL", database_url),
            replica_urls=read.several("REPLICA_URLS"),
            pool_size=read.integer("POOL_SIZE", 8, 1, 200),
            pool_timeout=float(read.integer("POOL_TIMEOUT", 3, 1, 60)),
            s3_endpoint=read.text("S3_ENDPOINT") or None,
            s3_region=read.text("S3_REGION", "us-east-1"),
            s3_path_style=read.yes("S3_PATH_STYLE", default=True),
            import_buckets=read.several("IMPORT_BUCKETS"),
            import_roots=tuple(Path(root).absolute() for root in read.several("IMPORT_ROOTS")),
            instance=read.text("INSTANCE", "atelier"),
            local=read.text("LOCAL") == "1",
            secret=read.text("SECRET"),
            trusted_proxies=read.several("TRUSTED_PROXIES") or ("127.0.0.1", "::1"),
            photo_hosts=read.several("PHOTO_HOSTS"),
            log_level=read.text("LOG_LEVEL", "info"),
            count_cap=read.integer("COUNT_CAP", 1000, 1, 100_000),
            report_threshold=read.integer("REPORT_THRESHOLD", 1, 1, 1_000_000),
            hides_per_hour=read.integer("HIDES_PER_HOUR", 50, 1, 1_000_000),
            alert_webhook=webhook,
            alert_secret=alert_secret,
            cache_seconds=read.integer("CACHE_SECONDS", 0, 0, 3600),
            submits_per_minute=read.integer("SUBMITS_PER_MINUTE", 0, 0, 1_000_000),
            votes_per_minute=read.integer("VOTES_PER_MINUTE", 0, 0, 1_000_000),
        )


@dataclass(frozen=True, slots=True)
class _Environment:
    environ: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        key = f"ATELIER_{name}"
        if path := self.environ.get(f"{key}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Misconfigured(f"{key}_FILE names {path}, which cannot be read: {error}.") from error
        return self.environ.get(key, "").strip() or default

    def address(self, name: str) -> str:
        text = self.text(name)
        if text and not text.startswith(("http://", "https://")):
            raise Misconfigured(f"ATELIER_{name} is {text!r}: set it to an address that begins with https://.")
        return text

    def webhook(self, name: str) -> str:
        text = self.text(name)
        if text and not _WEBHOOK.fullmatch(text):
            raise Misconfigured(f"ATELIER_{name} is {text!r}: set it to an address that begins with https://.")
        return text

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def optional_integer(self, name: str, low: int, high: int) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise Misconfigured(f"ATELIER_{name} is {text!r}: set it to a whole number from {low} to {high}.")
        return int(text)

    def yes(self, name: str, *, default: bool) -> bool:
        text = self.text(name, "1" if default else "0")
        if text not in ("0", "1"):
            raise Misconfigured(f"ATELIER_{name} is {text!r}: set it to 1 or 0.")
        return text == "1"

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.optional_integer(name, low, high)
        return default if value is None else value
