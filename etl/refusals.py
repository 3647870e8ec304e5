"""What an S3 refuses, and what obstore says of it, in one line with the mend."""

from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError

from backend.domain.errors import AtelierError, Invalid
from backend.domain.locations import Location
from etl.objects import UnreachableError

# obstore raises Python's own where there is one.
MISSING = (NotFoundError, FileNotFoundError)
_REFUSED = (PermissionDeniedError, UnauthenticatedError, PermissionError)
FAILED = (BaseError, OSError)
# How obstore names what `Buckets` gives it to find credentials with.
_PROVIDER = "External AWS credential provider"
_REFUSALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Forbidden", "ExpiredToken", "InvalidToken")


def explained(error: Exception, location: Location) -> AtelierError:
    """A store's error in one line, with the mend."""
    text = str(error)
    where = f"s3://{location.bucket}"
    if _PROVIDER in text:
        why = text.partition(_PROVIDER)[2].partition("\n")[0].strip(" :.")
        return Invalid(f"The credentials for {where} cannot be had. Check the profile or the role ({why}).")
    if "NoSuchBucket" in text:
        return Invalid(f"There is no bucket {location.bucket}. Check the source.")
    if isinstance(error, _REFUSED) or any(code in text for code in _REFUSALS):
        return Invalid(
            f"{where} refuses the credentials. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile or role."
        )
    if "redirect without LOCATION" in text:
        return Invalid(f"{where} is in another region. Check ATELIER_S3_REGION.")
    return UnreachableError(f"{where} does not answer. Check ATELIER_S3_ENDPOINT and the network.")
