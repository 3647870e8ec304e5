"""The local S3: moto's server. It forgets when it ends, and is filled at each start from `bucket/` in the home."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from obstore.store import S3Store

from backend.domain.errors import AtelierError, Misconfigured
from backend.local import probes
from backend.local.ports import HOST
from backend.local.state import Secrets
from backend.local.supervisor import Part
from backend.settings import Settings
from etl.sources import Sources

DELIVERIES = "atelier-deliveries"
REGION = "us-east-1"


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
            "ATELIER_S3_PATH_STYLE": "1",
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


async def demand(settings: Settings) -> None:
    """Refuse, with the mend, an S3 that does not answer or does not let us in."""
    sources = Sources(endpoint=settings.s3_endpoint, region=settings.s3_region, path_style=settings.s3_path_style)
    for name in settings.import_buckets:
        try:
            await asyncio.to_thread(sources.entries, f"s3://{name}/")
        except AtelierError as error:
            raise Misconfigured(
                f"The bucket {name} at {settings.s3_endpoint} cannot be read from. {error.detail}"
            ) from error
