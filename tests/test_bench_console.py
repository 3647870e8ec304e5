"""`atelier bench console` at the smallest scale: every page answers, and is told with its limit."""

from click.testing import CliRunner

from backend.commands.bench import bench


def test_every_page_is_timed() -> None:
    done = CliRunner().invoke(bench, ["console", "--scale", "0.0005", "--times", "5"])
    assert done.exit_code == 0, done.output
    for page in (
        "queue, reported",
        "search, a common word",
        "the hot product",
        "insights, 90 days",
        "moderation report",
    ):
        assert page in done.output
    assert "status" not in done.output
