"""Load, as storefronts make it, and what the service answers under it."""
