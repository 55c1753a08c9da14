# The page and the API of `numnist serve`, without rights and without a writable system:
#
#     docker build -t numnist .
#     docker run --rm -p 8000:8000 --read-only --tmpfs /tmp --cap-drop ALL numnist
#
# It prints the address with its token; -e NUMNIST_TOKEN=... sets one of your own.
# Models and drawings that should outlive the container go to a volume: -v numnist:/data
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[qr]'

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels 'numnist[qr]' && rm -r /wheels \
    && useradd --uid 10001 --no-create-home numnist && install -d -o numnist /data
USER 10001
WORKDIR /data
VOLUME /data
ENV HOME=/tmp NUMNIST_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz')"]
ENTRYPOINT ["numnist"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
