"""One Nginx configuration for the local system and for production."""
