"""Credentials come from the usual places, and the bucket is addressed as it is set."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from backend.domain.errors import Invalid, Misconfigured
from backend.settings import Settings
from etl.sources import Sources
from tests.faulty_store import FaultyStore

BUCKET = "guarded"
ROLE = "arn:aws:iam::123456789012:role/importer"


@pytest.fixture
def store(s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FaultyStore]:
    """A bucket with a file, seen through a proxy that notes who asks; and nobody's credentials."""
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1", **keys("maker"))
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="a.csv", Body=b"id\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", s3)
    with FaultyStore(s3) as opened:
        yield opened


def keys(name: str) -> dict[str, str]:
    return {"aws_access_key_id": name, "aws_secret_access_key": f"{name}-secret"}


def profile(name: str) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys(name).items())


def who_reads(store: FaultyStore) -> tuple[str, bool]:
    """The key's id that a read is signed with, and whether a session's token is with it."""
    sources = Sources(endpoint=store.endpoint)
    (found,) = sources.objects(f"s3://{BUCKET}/a.csv")
    assert b"".join(sources.blocks(found)) == b"id\n"
    headers = store.asked[-1][2]
    return headers["authorization"].split("Credential=")[1].split("/")[0], "x-amz-security-token" in headers


def test_the_environment_has_the_first_word(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text(profile("default"))
    assert who_reads(store) == ("default", False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert who_reads(store) == ("environment", False)
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert who_reads(store) == ("environment", True)


def test_a_profile_is_read_from_its_file(store: FaultyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(profile("default") + profile("deliveries"))
    monkeypatch.setenv("AWS_PROFILE", "deliveries")
    assert who_reads(store) == ("deliveries", False)


def test_a_profile_may_assume_a_role(store: FaultyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(profile("base"))
    (tmp_path / "config").write_text(f"[profile importer]\nrole_arn = {ROLE}\nsource_profile = base\n")
    monkeypatch.setenv("AWS_PROFILE", "importer")
    key, session = who_reads(store)
    assert (key.startswith("ASIA"), session) == (True, True)


def test_a_web_identity_is_exchanged_for_a_role(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("a token of this cluster")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    key, session = who_reads(store)
    assert (key.startswith("ASIA"), session) == (True, True)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AWS_PROFILE", "nowhere", "nowhere"),
        ("AWS_EC2_METADATA_DISABLED", "true", "no credentials for S3. Set AWS_ACCESS_KEY_ID"),
    ],
)
def test_credentials_that_cannot_be_had_are_told(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Invalid, match=told) as refused:
        Sources(endpoint=store.endpoint).objects(f"s3://{BUCKET}/")
    assert "\n" not in refused.value.detail


def test_a_role_that_cannot_be_taken_is_told(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(Invalid, match=r"cannot be had\. Check the profile or the role \(FileNotFoundError") as refused:
        Sources(endpoint=store.endpoint).objects(f"s3://{BUCKET}/")
    assert "\n" not in refused.value.detail


@pytest.mark.parametrize(
    ("endpoint", "path_style", "asked"),
    [
        ("http://127.0.0.9", True, "http://127.0.0.9/guarded/a.csv"),
        ("http://s3.example", False, "http://guarded.s3.example/a.csv"),
    ],
)
def test_the_bucket_stands_in_the_path_or_before_the_name(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch, endpoint: str, path_style: bool, asked: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    # As a proxy it sees the whole address that is asked for.
    monkeypatch.setenv("HTTP_PROXY", store.endpoint)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    Sources(endpoint=endpoint, path_style=path_style).objects(f"s3://{BUCKET}/a.csv")
    assert store.asked[0][1] == asked


def test_the_style_is_a_setting() -> None:
    told = {"ATELIER_DATABASE_URL": "postgresql://x"}
    assert Settings.from_environment(told).s3_path_style
    assert not Settings.from_environment({**told, "ATELIER_S3_PATH_STYLE": "0"}).s3_path_style
    with pytest.raises(Misconfigured, match="ATELIER_S3_PATH_STYLE is 'maybe': set it to 1 or 0"):
        Settings.from_environment({**told, "ATELIER_S3_PATH_STYLE": "maybe"})
