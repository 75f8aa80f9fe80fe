# One image target per process; each holds its own extra and nothing else.
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/butaca/bin:$PATH \
    # As cli/processes.py starts the servers: slow headers are cut off, a stop waits for answers.
    GRANIAN_INTERFACE=asgi GRANIAN_HOST=0.0.0.0 GRANIAN_WORKERS=1 GRANIAN_HTTP=1 GRANIAN_WEBSOCKETS=false \
    GRANIAN_HTTP1_HEADER_READ_TIMEOUT=10000 GRANIAN_WORKERS_KILL_TIMEOUT=2 MALLOC_ARENA_MAX=2
RUN python3 -m venv /opt/butaca \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/butaca --create-home butaca
WORKDIR /src
# Prints the requirements of some extras, so that a change of code does not install them again.
RUN printf '%s\n' 'import sys, tomllib' \
    'project = tomllib.load(open("pyproject.toml", "rb"))["project"]' \
    'extras = project["optional-dependencies"]' \
    'print(*project["dependencies"], *(r for e in sys.argv[1:] for r in extras[e]), sep="\n")' \
    > /src/requirements.py

FROM base AS gateway
COPY pyproject.toml constraints.txt ./
RUN python /src/requirements.py gateway tracing > r.txt && pip install -c constraints.txt -r r.txt
COPY . .
RUN pip install --no-deps . && python -c "import services.gateway.app"
USER butaca
WORKDIR /var/lib/butaca
EXPOSE 8000
CMD ["granian", "--factory", "--port", "8000", "--log-config", "/src/services/gateway/logging.json", "services.gateway.app:from_env"]

FROM base AS queries
COPY pyproject.toml constraints.txt ./
RUN python /src/requirements.py queries tracing > r.txt && pip install -c constraints.txt -r r.txt
COPY . .
RUN pip install --no-deps . && python -c "import services.queries.app"
USER butaca
WORKDIR /var/lib/butaca
CMD ["granian", "--factory", "--port", "8001", "--log-config", "/src/services/queries/logging.json", "services.queries.app:from_env"]

FROM base AS torch
# The CPU build: the default one on Linux brings gigabytes of CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --retries 0 --timeout 5 --index-url "$TORCH_INDEX" torch==2.13.0 \
    || pip install torch==2.13.0

FROM torch AS recommender
COPY pyproject.toml constraints.txt ./
RUN python /src/requirements.py recommender spanish tracing > r.txt && pip install -c constraints.txt -r r.txt
COPY . .
RUN pip install --no-deps . && python -c "import services.recommender.app"
USER butaca
WORKDIR /var/lib/butaca
CMD ["granian", "--factory", "--port", "8002", "--log-config", "/src/services/recommender/logging.json", "services.recommender.app:from_env"]

FROM torch AS worker
COPY pyproject.toml constraints.txt ./
RUN python /src/requirements.py worker tracing > r.txt && pip install -c constraints.txt -r r.txt
COPY . .
RUN pip install --no-deps . && python -c "import worker.main, worker.jobs"
USER butaca
WORKDIR /var/lib/butaca
CMD ["python", "-m", "worker.main"]
