"""The local S3: moto's server. It forgets when it ends, and is filled at each start from `bucket/` in the home."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from obstore.store import S3Store

from backend.domain.errors import Misconfigured
from backend.local import probes
from backend.local.ports import HOST
from backend.local.state import Secrets
from backend.local.supervisor import Part

DELIVERIES = "atelier-deliveries"
REGION = "us-east-1"
PATIENCE = "5s"


@dataclass(frozen=True, slots=True)
class Bucket:
    """`folder` holds a folder for each bucket; what lies in it at a start is in the bucket."""

    folder: Path
    port: int
    secrets: Secrets

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def buckets(self) -> list[str]:
        (self.folder / DELIVERIES).mkdir(exist_ok=True)
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith("."))

    def environment(self) -> dict[str, str]:
        """What the instances and the worker need to find it."""
        return {
            "ATELIER_S3_ENDPOINT": self.endpoint,
            "ATELIER_S3_REGION": REGION,
            "ATELIER_IMPORT_BUCKETS": ",".join(self.buckets),
            "AWS_ACCESS_KEY_ID": self.secrets.s3_id,
            "AWS_SECRET_ACCESS_KEY": self.secrets.s3_key,
        }

    def part(self, environment: Mapping[str, str], say: Callable[[str], None]) -> Part:
        async def fill() -> None:
            await self.fill(say)

        return Part(
            name="bucket",
            command=[sys.executable, "-P", "-m", "moto.server", "-H", HOST, "-p", str(self.port)],
            environment=environment,
            ready=lambda: probes.is_ready(self.port, "/moto-api/"),
            address=self.endpoint,
            started=fill,
        )

    async def fill(self, say: Callable[[str], None] = lambda _: None, only: str = "") -> None:
        """Upload what the folder holds; `only` limits it to what begins so."""
        for name in self.buckets:
            await asyncio.to_thread(self._make, name)
            store = self.store(name)
            for path in sorted((self.folder / name).rglob("*")):
                key = path.relative_to(self.folder / name).as_posix()
                if path.is_file() and key.startswith(only):
                    say(f"{name}/{key}")
                    await store.put_async(key, path)

    def _make(self, name: str) -> None:
        connection = HTTPConnection(HOST, self.port, timeout=5)
        connection.request("PUT", f"/{name}")
        connection.getresponse().close()
        connection.close()

    def store(self, name: str) -> S3Store:
        return S3Store(
            name,
            endpoint=self.endpoint,
            region=REGION,
            access_key_id=self.secrets.s3_id,
            secret_access_key=self.secrets.s3_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )


async def demand(endpoint: str, buckets: tuple[str, ...], region: str) -> None:
    """Refuse, with the mend, an S3 that does not answer or does not let us in; the keys are the environment's."""
    for name in buckets:
        store = S3Store(
            name,
            endpoint=endpoint,
            region=region,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint.startswith("http:"), "timeout": PATIENCE},
            retry_config={"max_retries": 0},
        )
        try:
            await store.list_with_delimiter_async()
        except Exception as error:  # the client's many errors have no narrower base
            raise Misconfigured(f"The bucket {name} at {endpoint} {_why(str(error))}") from error


def _why(said: str) -> str:
    """What the client's long answer comes to, with the mend."""
    for mark, meaning in (
        ("InvalidAccessKeyId", "does not know the key: check AWS_ACCESS_KEY_ID."),
        ("SignatureDoesNotMatch", "refuses the secret: check AWS_SECRET_ACCESS_KEY."),
        ("AccessDenied", "refuses these credentials: check AWS_ACCESS_KEY_ID and the bucket's policy."),
        ("403", "refuses these credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
        ("401", "refuses these credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
        ("NoSuchBucket", "does not exist: check ATELIER_IMPORT_BUCKETS."),
        ("404", "does not exist: check ATELIER_IMPORT_BUCKETS."),
    ):
        if mark in said:
            return meaning
    return "cannot be reached: check ATELIER_S3_ENDPOINT."
