"""The bundled Postgres and NATS: started, adopted and stopped by us where no URL is given. Knows nothing of events."""
