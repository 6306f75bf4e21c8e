"""The board's server: an adapter of FastAPI around desk, views and the published site."""
