"""What a request counts as: each route of the API by itself, the console as two groups, the rest as one."""

CONSOLE_PAGES, CONSOLE_CHANGES, ELSEWHERE = "console pages", "console changes", "elsewhere"
_CONSOLE = "/console"
_NOT_WORK = ("/health/", "/metrics", "/console/static/")
_STREAM = "/live"  # how the addresses of streams end: they last as long as somebody watches
_OURS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REFUSED, _FAILED = 400, 500  # the first status of each


def group_of(method: str, route: str) -> str | None:
    """The group of a request by its method and its route's template; None for what says nothing about the service."""
    if route.startswith(_NOT_WORK) or route.endswith(_STREAM):
        return None
    if route == _CONSOLE or route.startswith(f"{_CONSOLE}/"):
        return CONSOLE_PAGES if method in ("GET", "HEAD") else CONSOLE_CHANGES
    if not route.startswith("/") or method not in _OURS:
        return ELSEWHERE
    return f"{method} {route}"


def is_api(group: str) -> bool:
    """Whether a group is a route of the API: what is promised of answers is promised of these."""
    return group not in (CONSOLE_PAGES, CONSOLE_CHANGES, ELSEWHERE)


def failed(status: int) -> bool:
    """Whether an answer is a fault of ours; none at all (0) is one, too."""
    return status == 0 or status >= _FAILED


def refused(status: int) -> bool:
    """Whether an answer is a fault of the caller's."""
    return _REFUSED <= status < _FAILED
