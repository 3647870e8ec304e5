"""Render the Nginx configuration: `python -m nginx.render --help`. The local system renders the same template."""

from dataclasses import dataclass
from pathlib import Path

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
FORBIDDEN = set("\"'{};\\$\n\r\t")
READS_PER_SECOND = 1000  # a storefront's server with thousands of shoppers stays below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What differs between one Nginx and another.

    Addresses are `host:port`, an instance's also `unix:/path`; folders are absolute.
    """

    listen: str
    api: tuple[str, ...]
    console: tuple[str, ...]
    static: Path
    folder: Path  # the pid and the temporary files
    access_log: str
    error_log: str
    photos: Path | None = None  # the sample's, locally
    user: str = ""
    workers: str = "auto"
    foreground: bool = False
    file_cache: str = "30s"
    trusted: tuple[str, ...] = ()  # balancers in front, whose word on the client's address is taken
    certificate: Path | None = None
    certificate_key: Path | None = None
    cache: int = 0  # seconds: above 0, public reads are kept for as long as the instances say (ATELIER_CACHE_SECONDS)
    reads_per_second: int = 0  # of one address, without a key; 0 for no limit
    unlimited: tuple[str, ...] = ()  # networks whose reads are not counted, beside those in `trusted`

    @property
    def scheme(self) -> str:
        """The scheme callers use, as the instances are told: a balancer in front ends TLS itself."""
        return "https" if self.certificate or self.trusted else "http"

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The networks that no limit of reads is for."""
        return tuple(dict.fromkeys((*self.trusted, *self.unlimited)))


def render(site: Site) -> str:
    """The whole nginx.conf. Raises `ValueError` for a value that would mean something else inside it."""
    for name in site.__dataclass_fields__:
        value = getattr(site, name)
        for part in value if isinstance(value, tuple) else (value,):
            if FORBIDDEN & set(str(part)):
                raise ValueError(f"{name} may not hold {part!r}: it would mean something to Nginx")
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=False,  # noqa: S701 -- not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("atelier.conf.jinja").render(site=site)


@click.command()
@click.option("--api", multiple=True, required=True, metavar="ADDRESS", help="An API instance; once for each.")
@click.option("--console", multiple=True, required=True, metavar="ADDRESS", help="A console instance; once for each.")
@click.option("--listen", default="80", show_default=True, metavar="[ADDRESS:]PORT")
@click.option("--static", type=click.Path(path_type=Path), required=True, help="The installed admin_ui/static.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("/var/lib/nginx/atelier"), show_default=True)
@click.option("--access-log", default="/var/log/nginx/atelier.json", show_default=True)
@click.option("--error-log", default="/var/log/nginx/error.log", show_default=True)
@click.option("--user", default="www-data", show_default=True)
@click.option("--trusted", multiple=True, metavar="NETWORK", help="A balancer in front, believed.")
@click.option("--certificate", type=click.Path(path_type=Path), help="Speak TLS, and send port 80 there.")
@click.option("--certificate-key", type=click.Path(path_type=Path))
@click.option(
    "--cache",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="The instances' ATELIER_CACHE_SECONDS.",
)
@click.option(
    "--reads-per-second",
    type=click.IntRange(0),
    default=READS_PER_SECOND,
    show_default=True,
    help="What one address may read without a key; 0 for no limit.",
)
@click.option(
    "--unlimited", multiple=True, metavar="NETWORK", help="A storefront's servers, whose reads are not counted."
)
def main(
    api: tuple[str, ...],
    console: tuple[str, ...],
    listen: str,
    static: Path,
    folder: Path,
    access_log: str,
    error_log: str,
    user: str,
    trusted: tuple[str, ...],
    certificate: Path | None,
    certificate_key: Path | None,
    cache: int,
    reads_per_second: int,
    unlimited: tuple[str, ...],
) -> None:
    """Print the nginx.conf of a production host.

    Where an instance listens is HOST:PORT, or unix:/PATH on the same machine.
    """
    if (certificate is None) != (certificate_key is None):
        raise click.UsageError("--certificate and --certificate-key go together.")
    site = Site(
        listen=listen,
        api=api,
        console=console,
        static=static.absolute(),
        folder=folder,
        access_log=access_log,
        error_log=error_log,
        user=user,
        trusted=trusted,
        certificate=certificate,
        certificate_key=certificate_key,
        cache=cache,
        reads_per_second=reads_per_second,
        unlimited=unlimited,
    )
    try:
        click.echo(render(site), nl=False)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
