# syntax=docker/dockerfile:1
# The application in a container; compose.yaml puts what it needs around it.

# --- What is made once: packages by their hashes, catalogues, bytecode, static files -----------------
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /site
RUN python -m venv /venv
COPY requirements.txt .
# Wheels only: nothing is compiled here, so there is no compiler to leave behind.
RUN /venv/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: --requirement requirements.txt \
 && /venv/bin/python -m pip check
COPY . .
RUN for po in rollout/locale/*/LC_MESSAGES/django.po; do \
      /venv/bin/pybabel --quiet compile --input-file "$po" --output-file "${po%.po}.mo"; \
    done \
 && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash rollout site_config \
 && VAR_DIR=/tmp/var DOT_ENV= /venv/bin/python manage.py collectstatic --noinput --verbosity 0

# --- What runs: the same Python, without pip's cache, as a user who owns nothing but where it writes ---
FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DOT_ENV= VAR_DIR=/var/lib/vitale HOST=0.0.0.0 PORT=8000
# For backups: pg_dump, pg_restore and psql, of the version that compose.yaml's PostgreSQL has. For share images: FriBiDi.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-15 libfribidi0 \
 && rm -rf /var/lib/apt/lists/*
# A new volume takes its owner from the folder in whose place it comes. Podman gives an empty one to the next
# container's user as well, and nginx, which is root, has the static export too: so that folder is not empty.
RUN useradd --no-log-init --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin vitale \
 && install -d -o vitale -g vitale /var/lib/vitale /mirror \
 && install -o vitale -g vitale -m 644 /dev/null /mirror/.keep \
 && install -d -o vitale -g vitale -m 700 /backups
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
USER 10001
VOLUME /var/lib/vitale
EXPOSE 8000
# That the process answers: no database, no host name. Whether all is well, /readyz says.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["python", "-m", "gunicorn", "--config", "gunicorn.conf.py", "site_config.wsgi"]
