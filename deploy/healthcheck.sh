#!/bin/bash
# Exit 0 if the service in this container is ready; needs nothing but bash.
exec 3<>/dev/tcp/127.0.0.1/8080 || exit 1
printf 'GET /actuator/health/readiness HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
IFS= read -r -t 5 status <&3 && [[ $status == *" 200"* ]]
