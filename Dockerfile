# One image, two commands: `otklik serve` (web, the default) and `otklik work`. BASE may be any image that has Python 3.11
# or newer with venv, and a C library of glibc's kind; deploy/build-without-a-hub.sh makes one from Debian's packages.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /srv/otklik
COPY deploy/requirements.lock deploy/
RUN python3 -m venv /opt/otklik && \
    /opt/otklik/bin/python -m pip install -q --no-cache-dir --require-hashes --only-binary=:all: -r deploy/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY bitrix bitrix
COPY workers workers
COPY sandbox sandbox
COPY profiles profiles
RUN /opt/otklik/bin/python -m pip install -q --no-deps --no-build-isolation --no-index -e . && \
    /opt/otklik/bin/python -m compileall -q app bitrix workers sandbox

FROM ${BASE}
RUN useradd --uid 10001 --home-dir /var/lib/otklik --create-home otklik
COPY --from=build /opt/otklik /opt/otklik
COPY --from=build /srv/otklik /srv/otklik
ENV PATH=/opt/otklik/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/var/lib/otklik
WORKDIR /srv/otklik
USER 10001
VOLUME /var/lib/otklik
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["otklik", "serve", "--host", "0.0.0.0", "--port", "8000"]
