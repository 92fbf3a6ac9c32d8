# Sallyport as an image: compiled in one stage, its production dependencies installed in another, both copied onto an
# image that holds Node and nothing else: no shell, no package manager, no root.
#
#   docker build --tag registry.example.com/sallyport:0.1.0 .
#
# For builds that must repeat byte for byte, give both images by digest: --build-arg RUNTIME_IMAGE=…@sha256:…
ARG BUILD_IMAGE=node:26.9.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# What "npm run build" runs, without its first step, which would install once more.
RUN node scripts/build.ts

FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Sallyport" \
      org.opencontainers.image.description="An authenticating reverse proxy: OpenID Connect login in front of any unmodified web application" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
WORKDIR /app
ENV NODE_ENV=production
COPY package.json LICENSE ./
COPY config config
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# By number, because Kubernetes cannot tell from a name that it is not root. The files belong to root and stay as they are.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/dist/main.js", "health"]
# Requests make much short-lived garbage; a larger young generation collects it at less cost (NODE_OPTIONS refuses the first flag).
ENTRYPOINT ["/nodejs/bin/node", "--min-semi-space-size=16", "--max-semi-space-size=64", "/app/dist/main.js"]
CMD ["start", "--config", "/etc/sallyport/sallyport.yaml"]
