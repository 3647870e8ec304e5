"""The whole system as people and storefronts meet it: through Nginx, by HTTP and in a browser."""
