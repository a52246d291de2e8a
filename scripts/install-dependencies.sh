#!/usr/bin/env bash
# Installs what is missing, says what and why, and never asks.
# Usage: scripts/install-dependencies.sh          what building, testing and the demo need
#        scripts/install-dependencies.sh test     also what tests run against
#        scripts/install-dependencies.sh bench    also what the benchmarks compare with
#        scripts/install-dependencies.sh crash    also what the crash tests make writing fail with
set -euo pipefail

purpose=${1:-build}
case $purpose in
  build | test | bench | crash) ;;
  *)
    echo "unknown purpose: $purpose (build, test, bench or crash)" >&2
    exit 2
    ;;
esac

if ! command -v swift >/dev/null; then
  echo "error: there is no Swift toolchain; install version 6.2 or later from https://www.swift.org/install/" >&2
  exit 1
fi

manager=none
for candidate in apt-get dnf apk brew; do
  if command -v "$candidate" >/dev/null; then
    manager=$candidate
    break
  fi
done

missing=()
# want PACKAGES-BY-MANAGER REASON: notes what to install. The first argument is "apt:dnf:apk:brew", a dash where the system has it.
want() {
  local name
  case $manager in
    apt-get) name=$(cut -d: -f1 <<<"$1") ;;
    dnf) name=$(cut -d: -f2 <<<"$1") ;;
    apk) name=$(cut -d: -f3 <<<"$1") ;;
    brew) name=$(cut -d: -f4 <<<"$1") ;;
    *) name=$(cut -d: -f1 <<<"$1") ;;
  esac
  if [ "$name" = - ]; then
    echo "error: $2 is missing, and $manager has no package for it; on macOS run: xcode-select --install" >&2
    exit 1
  fi
  echo "missing: $2; installing $name"
  missing+=("$name")
}

has_header() {
  local compiler
  for compiler in "${CC:-cc}" clang gcc; do
    if command -v "$compiler" >/dev/null; then
      echo "#include <$1>" | "$compiler" -E -x c - >/dev/null 2>&1
      return
    fi
  done
  # Without a compiler there is nothing to look with; it is installed in the same step.
  return 1
}

command -v git >/dev/null || want git:git:git:git "git, which fetches the packages that Slipway uses"
command -v "${CC:-cc}" >/dev/null || command -v clang >/dev/null || command -v gcc >/dev/null ||
  want build-essential:gcc:build-base:- "a C compiler, for the C parts of packages"
has_header sqlite3.h || want libsqlite3-dev:sqlite-devel:sqlite-dev:- "SQLite's header file, for the journal"
has_header zlib.h || want zlib1g-dev:zlib-devel:zlib-dev:- "zlib's header file, for compressed HTTP"

if [ "$purpose" = test ]; then
  command -v prometheus >/dev/null ||
    want prometheus:golang-github-prometheus:prometheus:prometheus "Prometheus, which tests read figures from"
  # Homebrew has none; there the tests that need it fail with its name.
  command -v docker-registry >/dev/null || [ "$manager" = brew ] ||
    want docker-registry:docker-distribution:docker-registry:- "a registry of images, which tests ask for digests"
  command -v openssl >/dev/null || want openssl:openssl:openssl:openssl "OpenSSL, which makes their certificates"
fi

if [ "$purpose" = bench ]; then
  command -v nginx >/dev/null || want nginx-light:nginx:nginx:nginx "nginx, which the proxy is compared with"
  command -v haproxy >/dev/null || want haproxy:haproxy:haproxy:haproxy "HAProxy, which the proxy is compared with"
  command -v wrk >/dev/null || want wrk:wrk:wrk:wrk "wrk, which makes the load"
  command -v python3 >/dev/null || want python3-venv:python3:python3:python3 "Python, which installs Envoy"
fi

if [ "$purpose" = crash ]; then
  command -v strace >/dev/null || want strace:strace:strace:- "strace, which makes system calls fail"
fi

if [ ${#missing[@]} -eq 0 ]; then exit; fi

as_root=()
if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "error: installing needs root, and sudo is not there or would ask for a password" >&2
    echo "remedy: install these packages as root, then repeat: ${missing[*]}" >&2
    exit 1
  fi
fi

# as_needed COMMAND...: runs it as root, and never lets it read an answer.
as_needed() {
  ${as_root[@]+"${as_root[@]}"} "$@" </dev/null
}

case $manager in
  apt-get)
    as_needed apt-get update -q || echo "apt-get update failed; trying with the package lists that are there" >&2
    as_needed env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    ;;
  dnf) as_needed dnf install -q -y "${missing[@]}" ;;
  apk) as_needed apk add --no-progress "${missing[@]}" ;;
  brew) as_needed brew install --quiet "${missing[@]}" ;;
  none)
    echo "error: found no package manager (apt-get, dnf, apk or brew)" >&2
    echo "remedy: install what your system calls these packages, then repeat: ${missing[*]}" >&2
    exit 1
    ;;
esac
echo "installed: ${missing[*]}"

# Debian's packages start services of their own at once; nobody has asked for that.
for service in prometheus docker-registry; do
  if [[ " ${missing[*]} " == *" $service "* ]] && command -v systemctl >/dev/null && systemctl is-active --quiet "$service"; then
    as_needed systemctl disable --now "$service"
    echo "stopped: the service that the package $service had started"
  fi
done
