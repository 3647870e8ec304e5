"""An operator's day at any scale: a delivery from the bucket to repaired, then large jobs beside traffic."""
