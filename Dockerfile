# Ops Center in a container: every role of a deployment is this image with another command.
# Built in two stages, so that the image that runs has no compiler and no package index in it; runs as nobody special.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /opt/ops-center \
 && /opt/ops-center/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY ops_center ops_center
COPY gis gis
COPY streams streams
COPY layers layers
COPY playbooks playbooks
# The application is used in place: its content folders lie beside its code.
RUN mkdir /opt/ops-center/app \
 && cp -r ops_center gis streams layers playbooks /opt/ops-center/app/ \
 && echo /opt/ops-center/app > "$(/opt/ops-center/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ops_center.pth" \
 && /opt/ops-center/bin/python -m compileall -q /opt/ops-center/app

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/ops-center --create-home --shell /usr/sbin/nologin ops
COPY --from=build /opt/ops-center /opt/ops-center
ENV PATH=/opt/ops-center/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 NUMBA_CACHE_DIR=/tmp/numba
USER ops
WORKDIR /var/lib/ops-center
VOLUME /var/lib/ops-center
ENTRYPOINT ["python", "-m", "ops_center.cli"]
CMD ["--help"]
