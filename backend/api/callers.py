"""Who calls. A key says which client it is; who votes is known only when that client says so.

A storefront calls from its own server: its address is that of all its shoppers. So nothing about a connection tells one
shopper from another, and without a key everybody is the public. A keyed client names the voter in `X-Voter-ID` (or the
parameter `voter`); one whose key has the scope `proxy` may forward the shopper's address in `X-Voter-Address` instead.
"""

import hashlib
import hmac
import re

from backend.api import parse
from backend.api.parse import ApiRequest
from backend.domain import addresses
from backend.domain.actors import Actor
from backend.domain.errors import FieldError, Invalid
from backend.observe.requests import request_id_of
from backend.services.keys import PROXY, Key, Keyring

_VOTER = re.compile(r"[\x21-\x7e]{1,200}")


async def identify(request: ApiRequest) -> Actor:
    """The actor behind a request. A wrong key raises `Unauthenticated`, a voter that cannot be read `Invalid`."""
    request_id = request_id_of(request.scope)
    caller = _hash(request, "caller", _address(request))
    token = request.headers.get("x-api-key")
    if not token:
        return Actor(kind="public", caller=caller, metered=not _is_ours(request), request_id=request_id)
    keyring: Keyring = request.app.state.keyring
    key = await keyring.verify(token)
    voter = _voter(request, key)
    return Actor(
        kind="key",
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        voter=voter,
        # A whole shop is no single caller where it says which of its shoppers it speaks for.
        caller=voter or _hash(request, "caller", f"key {key.id}"),
        request_id=request_id,
    )


def _voter(request: ApiRequest, key: Key) -> bytes | None:
    if named := request.headers.get("x-voter-id") or parse.parameters(request).get("voter"):
        if not _VOTER.fullmatch(named):
            raise _unreadable("X-Voter-ID", "Must be 1 to 200 visible ASCII characters.")
        # Two clients may both have a customer 5.
        return _hash(request, f"voter of key {key.id}", named)
    if (address := request.headers.get("x-voter-address")) and PROXY in key.scopes:
        try:
            return _hash(request, "voter", addresses.network(address))
        except ValueError:
            raise _unreadable("X-Voter-Address", "Must be an IP address.") from None
    return None


def _unreadable(header: str, rule: str) -> Invalid:
    return Invalid("Error: invalid voter provided", errors=(FieldError(header, rule),))


def _address(request: ApiRequest) -> str:
    peer = request.client.host if request.client else ""
    trusted = request.app.state.settings.trusted_proxies
    return addresses.caller(peer, request.headers.get("x-forwarded-for", ""), trusted)


def _is_ours(request: ApiRequest) -> bool:
    """Whether a proxy of ours calls for itself, and not for somebody whose address it forwards."""
    peer = request.client.host if request.client else ""
    return peer in request.app.state.settings.trusted_proxies and not request.headers.get("x-forwarded-for")


def _hash(request: ApiRequest, what: str, value: str) -> bytes:
    """Keyed, so that nobody who reads the table can try addresses until one fits."""
    secret: str = request.app.state.settings.secret
    text = f"{what}: {value}".encode("utf-8", "surrogateescape")
    return hmac.new(secret.encode(), text, hashlib.sha256).digest()
