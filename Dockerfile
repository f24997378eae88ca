# One image for the worker, the console and the commands.
# Nothing here needs more than the plain builder. Made by `docker compose build`.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/sluice
WORKDIR /src
# The list of packages alone: as long as it stays, this layer is kept.
COPY requirements.lock ./
RUN /opt/sluice/bin/pip install --require-hashes --requirement requirements.lock
COPY . .
RUN /opt/sluice/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
ENV PATH=/opt/sluice/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SLUICE_DATA_DIR=/var/lib/sluice
RUN useradd --system --uid 10001 --home-dir /var/lib/sluice --create-home sluice
COPY --from=packages /opt/sluice /opt/sluice
# Started as `python worker.py`; the rooms that it imports are the installed ones.
WORKDIR /app
COPY worker.py ./
USER sluice
VOLUME /var/lib/sluice
CMD ["python", "worker.py"]
