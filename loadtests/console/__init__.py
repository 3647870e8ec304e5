"""The console's pages over a filled database: how long until the first byte, page by page."""
