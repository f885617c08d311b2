# syntax=docker/dockerfile:1
# One image for every process: `leadrun serve`, `leadrun work`, `leadrun migrate`, `leadrun sandbox`.

FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/leadrun
ENV PATH=/opt/leadrun/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY workers workers
COPY webhooks webhooks
COPY migrations migrations
COPY clients/python clients/python
RUN pip install . "./clients/python[cli,mcp]"

FROM python:3.13-slim
LABEL org.opencontainers.image.title="leadrun" \
      org.opencontainers.image.description="Self-hosted contact enrichment" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin leadrun
COPY --from=build /opt/leadrun /opt/leadrun
ENV PATH=/opt/leadrun/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /tmp
EXPOSE 8000
# For the API; compose.yaml gives the other processes their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["leadrun"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
