# One file, one target for each service: docker build --target catalog-service .

FROM eclipse-temurin:25-jdk AS build
RUN apt-get update && apt-get install -y --no-install-recommends maven && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN mvn -B -q -DskipTests -Dspotless.check.skip -pl catalog-service,commit-service,sharing-gateway -am package

FROM eclipse-temurin:25-jre AS service
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin tidegate \
    && mkdir -p /var/lib/tidegate/tables && chown tidegate /var/lib/tidegate/tables
COPY deploy/healthcheck.sh /usr/local/bin/healthcheck
ENV JAVA_TOOL_OPTIONS="-XX:+UseSerialGC -XX:MaxRAMPercentage=70 -XX:+ExitOnOutOfMemoryError"
USER 10001
EXPOSE 8080

FROM service AS catalog-service
COPY --from=build /source/catalog-service/target/app /app
ENTRYPOINT ["java", "-jar", "/app/catalog-service.jar"]

FROM service AS commit-service
COPY --from=build /source/commit-service/target/app /app
ENTRYPOINT ["java", "-jar", "/app/commit-service.jar"]

FROM service AS sharing-gateway
COPY --from=build /source/sharing-gateway/target/app /app
ENTRYPOINT ["java", "-jar", "/app/sharing-gateway.jar"]
