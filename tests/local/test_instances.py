"""Where an instance listens, and where Nginx meets it."""

from pathlib import Path

from backend.local.instances import Instance


def test_nginx_meets_an_instance_at_its_socket(tmp_path: Path) -> None:
    instance = Instance("api", 2, 20001, tmp_path)
    assert instance.met == f"unix:{tmp_path}/api-2.sock"
    assert instance.options == ["--port", "20001", "--socket", f"{tmp_path}/api-2.sock"]


def test_a_path_too_long_for_a_socket_leaves_the_port(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    instance = Instance("console", 1, 20001, deep)
    assert (instance.met, instance.options) == ("127.0.0.1:20001", ["--port", "20001"])
