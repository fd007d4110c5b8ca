# syntax=docker/dockerfile:1
# One image for every part of Polku: which one a container is, its command says.
ARG PYTHON=3.13.9-slim-trixie

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/polku
COPY requirements.txt /build/
RUN /opt/polku/bin/pip install --require-hashes --no-deps --only-binary :all: -r /build/requirements.txt
COPY shared /build/shared
COPY services /build/services
COPY infra /build/infra
WORKDIR /build
RUN /opt/polku/bin/python -m services.portal.look.fonts && /opt/polku/bin/python -m compileall -q shared services infra

FROM python:${PYTHON}
ENV PATH=/opt/polku/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
RUN groupadd --gid 10001 polku && useradd --uid 10001 --gid polku --no-create-home --shell /usr/sbin/nologin polku \
    && install -d -o polku -g polku -m 0700 /polku \
    && install -d -o polku -g polku /gateway /watching /keys/postgres /keys/kafka /keys/keycloak /keys/grafana \
    && for service in identity process townhall survey voting workshop publishing practice lineage notification; do \
        install -d -o polku -g polku -m 0700 /keys/parts/$service-web /keys/parts/$service-worker; done \
    && for service in identity townhall survey voting workshop; do \
        install -d -o polku -g polku -m 0700 /polku-keys/$service /polku-ledgers/$service; done \
    && install -d -o polku -g polku -m 0700 /keys/parts/portal-web /keys/parts/live
COPY --from=build /opt/polku /opt/polku
COPY --from=build /build /app
WORKDIR /app
ARG POLKU_VERSION=development
ENV POLKU_VERSION=$POLKU_VERSION
USER 10001:10001
ENTRYPOINT ["python"]
