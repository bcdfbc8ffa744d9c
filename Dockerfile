# The service: Node packages without the embedded servers (production has real ones), Python with dbt, no build step.

FROM node:24-bookworm-slim AS node-packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages are the embedded ClickHouse and the Node binaries of the set-up: 800 MB that this image has no use for.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS python-packages
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
COPY scripts/requirements.txt /tmp/
RUN python3 -m venv /opt/dbt && \
    /opt/dbt/bin/python -m pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: --no-deps --require-hashes -r /tmp/requirements.txt && \
    /opt/dbt/bin/python -m compileall -q /opt/dbt

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=node-packages /app/node_modules node_modules
COPY --from=python-packages /opt/dbt /opt/dbt
COPY . .
# The service writes into /data only, dbt's artifacts and logs included; the project stays root's.
RUN mkdir /data && chown node:node /data && ln -s /app/src/cli/sluice.mjs /usr/local/bin/sluice
USER node
# Inside the container every address is its own; docker-compose.yml publishes the port on the host's loopback only.
ENV NODE_ENV=production SLUICE_HOST=0.0.0.0 SLUICE_PORT=4620 SLUICE_DATA_DIR=/data SLUICE_PROJECT_DIR=/app SLUICE_PYTHON=/opt/dbt/bin/python
VOLUME /data
EXPOSE 4620
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:4620/healthz').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--max-old-space-size=256", "src/main.ts", "serve"]
