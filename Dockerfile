# The server. It is the same for one container alone (bundled Postgres and NATS) and for docker-compose.yml (its own).
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY model model
COPY server server
COPY demo demo
COPY bench bench
COPY migrations migrations
COPY static static
RUN python -m venv /opt/fifthclick && /opt/fifthclick/bin/pip install --no-cache-dir .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/fifthclick fifthclick
COPY --from=build /opt/fifthclick /opt/fifthclick
# One thread for the model: more wait for each other with every core that is busy.
ENV PATH=/opt/fifthclick/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GOMP_SPINCOUNT=0 \
    OMP_NUM_THREADS=1 \
    FIFTHCLICK_HOST=0.0.0.0 \
    FIFTHCLICK_DATA_DIR=/var/lib/fifthclick/data
USER fifthclick
WORKDIR /var/lib/fifthclick
RUN mkdir data
VOLUME /var/lib/fifthclick/data
EXPOSE 8700
# Draining takes 5 seconds: browsers are told to come back, and what was received is logged.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8700/livez', timeout=2)"]
ENTRYPOINT ["fifthclick"]
CMD ["serve"]
