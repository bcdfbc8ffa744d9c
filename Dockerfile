# The service: the product as `npm pack` makes it, its Node packages without the embedded servers (production has real ones), Python with dbt.
# It holds no project: docker-compose.yml mounts one at /project; an image of your own may copy it there.

FROM node:24-bookworm-slim AS product
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/pack.ts && npm pack --ignore-scripts && \
    mkdir /product && tar -xzf sluice-data-sluice-*.tgz -C /product --strip-components=1

FROM node:24-bookworm-slim AS node-packages
WORKDIR /packages
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
# As if npm had installed it beside the project's folder: a packages.yml that says `local: ../node_modules/@sluice-data/sluice` fits here too.
COPY --from=node-packages /packages/node_modules /node_modules
COPY --from=product /product /node_modules/@sluice-data/sluice
COPY --from=python-packages /opt/dbt /opt/dbt
# The service writes into /data only, dbt's artifacts and logs included; the project stays its owner's.
RUN mkdir /data /project && chown node:node /data && ln -s /node_modules/@sluice-data/sluice/src/cli/sluice.mjs /usr/local/bin/sluice
WORKDIR /project
USER node
# Inside the container every address is its own; docker-compose.yml publishes the port on the host's loopback only. Settings come from the
# environment, which Compose fills from the project's .env: the file itself need not be readable here.
ENV NODE_ENV=production SLUICE_HOST=0.0.0.0 SLUICE_PORT=4620 SLUICE_DATA_DIR=/data SLUICE_PROJECT_DIR=/project SLUICE_ENV_FILE=/dev/null SLUICE_PYTHON=/opt/dbt/bin/python
VOLUME /data
EXPOSE 4620
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:4620/healthz').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--max-old-space-size=256", "/node_modules/@sluice-data/sluice/dist/src/main.js", "serve"]
